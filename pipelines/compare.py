"""Stage compare: evaluations -> reports/<study>/comparison, one page over all models."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.compare import compare

    return lambda study, project, _: compare(study, project)


if __name__ == "__main__":
    run_stage(stage, "STUDY")
