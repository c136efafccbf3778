"""Stage final: best parameters of a search -> reports/<study>/searches/<search>/final, and a run in MLflow."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.final import final

    return final


if __name__ == "__main__":
    run_stage(stage, "STUDY SEARCH", keras=True)
