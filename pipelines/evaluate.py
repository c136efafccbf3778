"""Stage evaluate: models -> reports/<study>/evaluation/<model>, and metrics in the model's MLflow run."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.evaluate import evaluate

    return evaluate


if __name__ == "__main__":
    run_stage(stage, "STUDY MODEL", keras=True)
