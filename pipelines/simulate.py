"""Stage simulate: params -> data/<study>/<subset>."""

from relaxnet.workflow.stage import Stage, run_stage


def stage() -> Stage:
    from relaxnet.workflow.simulate import simulate

    return simulate


if __name__ == "__main__":
    run_stage(stage, "STUDY SUBSET")
