"""Validate the emulator like a dataset: emulate quartets of the whole state space, store them, judge the file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from relaxnet.datasets.validation import ValidationReport, ensure_valid

from ..dataset import Dataset, write_signals
from ..dataset.state_space import DH_J_PER_MOL, N_LN_A, SHAPE_VALUES, Quartets
from ..emulator.emulator import Emulator
from ..samples.stream import kept_emulator
from .dataset import validate_dataset

if TYPE_CHECKING:
    from relaxnet.workflow.project import Project

    from ..params import RelaxationParams, ValidateConfig

TOLERANCE = 1e-3  # of cp_n against the simulator, relative to max(1, cp_n,max)
AREA_TOLERANCE_K = 1.0  # area and frozen-in temperature are interpolated on their own
END_TOLERANCE = 1e-3
QUARTETS, SEED = 1000, 20250129


def report_emulator(_study: object, project: Project, params: RelaxationParams) -> None:
    """Judge the project's emulator, built where there is none, into ``reports/relaxation/emulator``.

    Raises `ValidationFailedError` if an expectation is broken; the report is written before.
    """
    from relaxnet.reporting.validation import write_validation

    report = validate_emulator(kept_emulator(project.workspace), params.validate_)
    folder = project.reports / "emulator"
    write_validation(report, folder / "emulator.json", folder / "index.html")
    print(f"emulator: see {folder / 'index.html'}")
    ensure_valid(report)


def validate_emulator(emulator: Emulator, config: ValidateConfig, quartets: int = QUARTETS) -> ValidationReport:
    """Judge an emulator by the expectations of a dataset, with its own tolerances.

    Every one of the emulated quartets, drawn from the whole plane of (dh, ln A) and all (x, beta), is simulated for
    comparison.  An emulator that does not cover the state space raises `InvalidInputError`.
    """
    generator = np.random.default_rng(SEED)
    sizes = (len(DH_J_PER_MOL), N_LN_A, len(SHAPE_VALUES), len(SHAPE_VALUES))
    flat = np.sort(generator.choice(int(np.prod(sizes)), quartets, replace=False))
    parameters = Quartets(*np.unravel_index(flat, sizes)).parameters()
    judged = config.model_copy(
        update={"scaling_sample": quartets, "area_tolerance_k": AREA_TOLERANCE_K, "end_tolerance": END_TOLERANCE}
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "emulator.parquet")
        write_signals(path, parameters, emulator.signals(parameters), source="emulator", program=emulator.program)
        return validate_dataset(
            Dataset(path), judged, subset=None, expected_quartets=quartets, repeat_tolerance=TOLERANCE
        )
