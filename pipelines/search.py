"""Stage search: data -> reports/<study>/search, or .../searches/<search>; the trials as child runs in MLflow."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.search import search

    return search


if __name__ == "__main__":
    run_stage(stage, "STUDY [SEARCH]", keras=True)
