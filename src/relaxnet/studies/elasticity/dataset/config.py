"""The section ``simulate`` of the params: which cells a dataset holds."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from relaxnet.core.config import Config, Name, Positive, Seed, Share
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.processes import MAX_WORKERS

Morphology = Literal["gaussian", "inclusions", "voronoi", "laminate", "checkerboard"]
Poisson = Annotated[float, Field(gt=-1, lt=0.5)]
Contrast = Annotated[float, Field(gt=1, le=1e4)]
MAX_CELLS = 1_000_000


class PhasesConfig(Config):
    """Young's moduli and Poisson's ratios of the phases.

    The stiff phase is given by its modulus, or by the limits of its ``contrast`` to the soft one, from which each cell
    draws, evenly in the logarithm.
    """

    e_soft_gpa: Positive
    nu_soft: Poisson
    nu_stiff: Poisson
    e_stiff_gpa: Positive | None = None
    contrast: tuple[Contrast, Contrast] | None = None

    @property
    def contrasts(self) -> tuple[float, float]:
        """Least and greatest ratio of Young's moduli."""
        return self.contrast or (float(self.e_stiff_gpa or 0.0) / self.e_soft_gpa,) * 2

    @model_validator(mode="after")
    def _has_one_stiff_phase(self) -> Self:
        if (self.e_stiff_gpa is None) == (self.contrast is None):
            raise ValueError("given with either e_stiff_gpa or contrast")
        if self.e_stiff_gpa is not None and self.e_stiff_gpa <= self.e_soft_gpa:
            raise ValueError("given with e_stiff_gpa above e_soft_gpa")
        if self.contrast is not None and self.contrast[0] > self.contrast[1]:
            raise ValueError("given with the lower limit of contrast first")
        return self


class SimulateConfig(Config):
    """How many cells of which morphologies, volume fractions and phases; ``workers`` threads make them.

    ``volume_fraction`` of the stiff phase is drawn evenly between its limits; ``morphologies`` are weights of the
    draw.  No cell is a copy of one of the subset ``apart_from``, nor of those that that one is apart from.  The data do
    not depend on ``workers``, by default as many as processors.
    """

    cells: Annotated[int, Field(ge=1, le=MAX_CELLS)]
    seed: Seed
    size: Annotated[int, Field(ge=8, le=512, multiple_of=8)] = 64
    phases: PhasesConfig
    volume_fraction: tuple[Share, Share]
    morphologies: Annotated[Mapping[Morphology, Positive], Field(min_length=1)]
    apart_from: Name | None = None
    workers: Annotated[int, Field(ge=1, le=MAX_WORKERS)] | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        low, high = self.volume_fraction
        if low > high:
            raise ValueError("given with the lower limit of volume_fraction first")
        if low * self.size**2 < 1 or (1 - high) * self.size**2 < 1:
            raise ValueError(f"given with a pixel of each phase at the limits of volume_fraction, {low:g} and {high:g}")
        return self


class CourseConfig(Config):
    """A folder in the course's layout, see `course`: where it is, and what its files do not say.

    ``unit_gpa`` is the unit of the table, ``stiff`` the colour of the stiff phase, ``row_of_image_0`` the index of the
    row that belongs to the image ``0_*.png``; it is not guessed, as all labels would be those of neighbours.
    """

    folder: Annotated[str, Field(min_length=1)]
    e_soft_gpa: Positive
    nu_soft: Poisson
    e_stiff_gpa: Positive
    nu_stiff: Poisson
    unit_gpa: Positive = 1.0
    stiff: Literal["white", "black"] = "white"
    row_of_image_0: Literal[0, 1] = 1


def _kind(values: Any) -> str:
    """Tag of the union's member; no key that the values could have, so that errors name their place."""
    loaded = isinstance(values, CourseConfig) or (isinstance(values, dict) and "folder" in values)
    return "(loaded)" if loaded else "(drawn)"


CellsConfig = Annotated[
    Annotated[SimulateConfig, Tag("(drawn)")] | Annotated[CourseConfig, Tag("(loaded)")], Discriminator(_kind)
]
"""Cells that are drawn, or those of a folder."""


def subsets_before(simulate: Mapping[str, CellsConfig], subset: str) -> list[str]:
    """Subsets of which ``subset`` holds no copy, in the order in which they are drawn.

    Raises
    ------
    InvalidInputError
        Naming the ``apart_from`` that is no subset, or leads back to where it began.
    """
    before, here = list[str](), simulate[subset]
    while isinstance(here, SimulateConfig) and here.apart_from is not None:
        name, owner = here.apart_from, before[-1] if before else subset
        if name in (subset, *before) or name not in simulate:
            raise InvalidInputError(f"{owner}.apart_from", name, "another subset, and none that is drawn apart from it")
        before.append(name)
        here = simulate[name]
    return before[::-1]
