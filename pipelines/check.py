"""Stage check: params -> reports/<study>/checked.txt, for which all stages wait; a mistake is told in one line."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.check import check

    return check


if __name__ == "__main__":
    run_stage(stage, "STUDY")
