"""Stage course: evaluations, trainings, search -> reports/elasticity/course, the course's report table by table."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.elasticity.course.page import write_course_page

    return lambda study, project, params: write_course_page(params, project, project.reports / "course", study.report)


if __name__ == "__main__":
    run_stage(stage, "STUDY")
