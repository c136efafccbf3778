"""Stage train: data -> models/<study>/<model>, and a run in MLflow."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.train import train

    return train


if __name__ == "__main__":
    run_stage(stage, "STUDY MODEL", keras=True)
