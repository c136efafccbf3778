"""Stage fit: measured scans of the test sets -> reports/relaxation/fits/<subset>.json, errors of a plain fit."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.relaxation.fits import write_fits

    return write_fits


if __name__ == "__main__":
    run_stage(stage, "STUDY SUBSET")
