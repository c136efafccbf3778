"""Stage materials: models of the whole plane -> reports/relaxation/evaluation/materials.csv, their estimates."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.studies.relaxation.materials import write_materials

    return write_materials


if __name__ == "__main__":
    run_stage(stage, "STUDY", keras=True)
