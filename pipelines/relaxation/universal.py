"""Stage universal: train the universal network -> models/relaxation/universal, judged as the other models are."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.relaxation.universal.stage import write_universal

    return write_universal


if __name__ == "__main__":
    run_stage(stage, "STUDY", keras=True)
