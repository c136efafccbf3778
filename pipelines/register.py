"""Stage register: the best trained model becomes a version in the MLflow registry, under an alias."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.register import register

    return register


if __name__ == "__main__":
    run_stage(stage, "STUDY", keras=True)
