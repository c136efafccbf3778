"""The sections ``simulate`` and ``validate`` of the params: which molecules a dataset holds, what it must fulfil."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from relaxnet.core.config import Config, Positive, Seed
from relaxnet.core.processes import MAX_WORKERS

from ..physics.spectra import POINTS, WINDOW_EV, Grid, check_sigma

MAX_MOLECULES = 10_000_000


class SimulateConfig(Config):
    """How many molecules of which source; ``workers`` processes make their levels.

    ``molecules`` are drawn from all of the source in an order that ``seed`` decides, so that a larger dataset begins
    with the smaller one; without a number all are taken.  Those without 16 levels are dropped, not replaced.  The
    source is QM9, as the package qm9pack has it, or a ``folder`` of .xyz files (relative to the root of the project).
    ``levels`` are computed by GFN2-xTB, or are those of the files beside the geometries.  The data do not depend on
    ``workers``, by default as many as processors.
    """

    molecules: Annotated[int, Field(ge=1, le=MAX_MOLECULES)] | None = None
    seed: Seed
    folder: Annotated[str, Field(min_length=1)] | None = None
    levels: Literal["gfn2-xtb", "files"] = "gfn2-xtb"
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None

    @model_validator(mode="after")
    def _has_files_of_levels(self) -> Self:
        if self.levels == "files" and self.folder is None:
            raise ValueError("given with a folder, where levels are files: QM9 has none")
        return self


class ValidateConfig(Config):
    """Bounds of the dataset's expectations.

    The area of a spectrum, broadened by ``sigma_ev`` on ``points`` in the window of the study, is that of its levels
    to ``area_tolerance`` (of 16).  Of the molecules whose source states a HOMO, its rank correlation with the highest
    level is at least ``homo_rank_correlation``; fewer than ``homo_molecules`` of them are not judged.
    """

    sigma_ev: Positive
    points: Annotated[int, Field(ge=POINTS[0], le=POINTS[1])]
    area_tolerance: Positive
    homo_rank_correlation: Annotated[float, Field(ge=0, le=1)]
    homo_molecules: Annotated[int, Field(ge=3)] = 100

    @model_validator(mode="after")
    def _is_resolved(self) -> Self:
        check_sigma(self.sigma_ev, Grid(*WINDOW_EV, self.points))
        return self
