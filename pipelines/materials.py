"""Stage materials: models/G -> reports/evaluation/materials.csv, the estimates for real materials."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from relaxnet.core.backend import prepare_backend
    from relaxnet.core.files import atomic_path
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.studies.relaxation.materials import estimate_materials
    from relaxnet.training.estimator import Estimator

    config = load_params(PARAMS_FILE).compare
    prepare_backend(config.noise_seed)
    estimator = Estimator.load(Path("models", "G"))
    with TemporaryDirectory() as folder:
        table = estimate_materials(estimator, Path(folder), config.noise, config.noise_seed)
    with atomic_path(Path("reports", "evaluation", "materials.csv")) as part:
        table.to_csv(part, index=False, float_format="%.9g")


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
