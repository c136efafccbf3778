"""Build the project's emulator where there is none, and validate what it yields like a dataset.

Writes reports/relaxation/emulator/index.html and emulator.json; a failure is told in one line and ends with status 2.
No stage of the pipeline: only trainings with ``stream: true`` use the emulator, and they build it themselves.
"""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.relaxation.expectations.emulator import report_emulator

    return report_emulator


if __name__ == "__main__":
    run_stage(stage, "STUDY")
