"""Stage testset: params -> data/<study>/test/<subset>, judged in reports/<study>/validation/test/<subset>.html."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.testset import testset

    return testset


if __name__ == "__main__":
    run_stage(stage, "STUDY SUBSET")
