"""Renew the weights of the package: train the universal network of the profile ``paper``, hours on two cores.

Run: ``python pipelines/relaxation/ship_universal.py``
"""

import sys
from functools import partial

from relaxnet.core.backend import load_keras, prepare_backend
from relaxnet.core.console import run_cleanly


def main() -> None:
    load_keras()
    from relaxnet.core.fingerprint import code_fingerprint
    from relaxnet.core.processes import usable_processors
    from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
    from relaxnet.studies.relaxation.universal import training
    from relaxnet.studies.relaxation.universal.estimator import SHIPPED
    from relaxnet.studies.relaxation.universal.store import save
    from relaxnet.tracking.lineage import git_commit
    from relaxnet.workflow.stage import open_study

    _, project, params = open_study("relaxation")
    (config,) = (profile.universal for profile in params.all_profiles() if profile.profile == "paper")
    prepare_backend(config.seed)
    trained = training.train(config, partial(draw, PLANE), usable_processors())
    save(
        trained,
        SHIPPED,
        {
            "git.commit": git_commit(project.folder) or "",
            "code": code_fingerprint(training.__name__),
            "command": "python pipelines/relaxation/ship_universal.py",
            "params": config.model_dump(),
            "seed": config.seed,
        },
    )


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
