"""Stage paper: params, models and reports -> reports/relaxation/paper, the paper's tables and figures one by one."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.relaxation.paper.page import write_paper_page

    return lambda study, project, params: write_paper_page(params, project, project.reports / "paper", study.report)


if __name__ == "__main__":
    run_stage(stage, "STUDY", keras=True)
