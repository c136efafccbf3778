"""Stage assignment: evaluations, trainings -> reports/spectroscopy/assignment, the report table by table."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.spectroscopy.assignment.page import write_assignment_page

    return lambda study, project, params: write_assignment_page(
        params, project, project.reports / "assignment", study.report
    )


if __name__ == "__main__":
    run_stage(stage, "STUDY")
