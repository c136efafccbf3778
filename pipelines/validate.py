"""Stage validate: data -> reports/<study>/validation/<subset>.json and .html; a failure stops the pipeline."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.validate import validate

    return validate


if __name__ == "__main__":
    run_stage(stage, "STUDY SUBSET")
