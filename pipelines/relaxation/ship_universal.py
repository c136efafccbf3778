"""Renew the weights of the package: train the universal network of the profile ``paper``, 20 minutes on two cores.

Run: ``python pipelines/relaxation/ship_universal.py``; with ``--calibrate`` the networks stay, and only the
widening of their covariances is renewed, as after a change of how they are used.
"""

import argparse
import sys
from functools import partial
from typing import Any

from relaxnet.core.console import run_cleanly

COMMAND = "python pipelines/relaxation/ship_universal.py"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true", help="renew only the widening of covariances")
    if parser.parse_args().calibrate:
        calibrate()
    else:
        train()


def calibrate() -> None:
    from relaxnet.core.files import write_json
    from relaxnet.core.processes import usable_processors
    from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
    from relaxnet.studies.relaxation.universal import calibration
    from relaxnet.studies.relaxation.universal.estimator import FACTS_FILE, SHIPPED, UniversalEstimator

    estimator = UniversalEstimator.load()
    seed = estimator.facts["lineage"]["seed"]
    facts = estimator.facts | calibration.calibrated(estimator, partial(draw, PLANE), seed, usable_processors())
    facts["lineage"] = {**facts["lineage"], "calibration": lineage(f"{COMMAND} --calibrate", calibration.__name__)}
    write_json(SHIPPED / FACTS_FILE, facts)


def train() -> None:
    from relaxnet.core.backend import load_keras, prepare_backend

    load_keras()
    from relaxnet.core.processes import usable_processors
    from relaxnet.studies.relaxation.dataset.regions import PLANE, draw
    from relaxnet.studies.relaxation.universal import training
    from relaxnet.studies.relaxation.universal.estimator import SHIPPED
    from relaxnet.studies.relaxation.universal.store import save
    from relaxnet.workflow.stage import open_study

    _, _, params = open_study("relaxation")
    (config,) = (profile.universal for profile in params.all_profiles() if profile.profile == "paper")
    prepare_backend(config.seed)
    trained = training.train(config, partial(draw, PLANE), usable_processors())
    made = {**lineage(COMMAND, training.__name__), "params": config.model_dump(), "seed": config.seed}
    save(trained, SHIPPED, made)


def lineage(command: str, module: str) -> dict[str, Any]:
    from relaxnet.core.fingerprint import code_fingerprint
    from relaxnet.tracking.lineage import git_commit
    from relaxnet.workflow.stage import open_study

    _, project, _ = open_study("relaxation")
    return {"git.commit": git_commit(project.folder) or "", "code": code_fingerprint(module), "command": command}


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
