"""Stage grid: data -> reports/<study>/grids/<grid>, trainings on equal terms."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.grid import run_grid

    return run_grid


if __name__ == "__main__":
    run_stage(stage, "STUDY GRID", keras=True)
