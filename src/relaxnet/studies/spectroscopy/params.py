"""The sections of the spectroscopy study's ``params.yaml`` that other studies do not have."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from relaxnet.core.config import Name
from relaxnet.core.errors import InvalidInputError
from relaxnet.training.config import TrainConfig
from relaxnet.workflow.params import LossWeight, ModelConfig, StudyParams

from .dataset.config import SimulateConfig, ValidateConfig
from .physics.spectra import LEAST_SIGMA_STEPS, MAX_SIGMA_EV, POINTS
from .samples.targets import SPECTRUM, energy_grid


class SpectrumModelConfig(ModelConfig):
    """One model, for spectra of one broadening (standard deviation in eV) on one number of points."""

    sigma_ev: Annotated[float, Field(gt=0, le=MAX_SIGMA_EV)]
    points: Annotated[int, Field(ge=POINTS[0], le=POINTS[1])]
    loss_weights: dict[str, LossWeight] = Field(default_factory=lambda: {SPECTRUM: 1.0})

    @model_validator(mode="after")
    def _is_resolved(self) -> Self:
        least = LEAST_SIGMA_STEPS * energy_grid(self.points).step_ev
        if self.sigma_ev < least:
            allowed = f"at least {least:.4g} eV for {self.points} points, {LEAST_SIGMA_STEPS} of their steps"
            raise InvalidInputError("sigma_ev", self.sigma_ev, allowed)
        return self


class MoleculeTrainConfig(TrainConfig):
    """Training on molecules; ``coulomb_noise``, in hartree, is the noise of the norms that the rows are sorted by.

    Molecules get another order of their atoms for every epoch; with 0 they keep one, that of the plain norms.
    """

    coulomb_noise: Annotated[float, Field(ge=0, le=1000)] = 0.0


class SpectroscopyParams(StudyParams):
    """All of the study's ``params.yaml``, with the chosen profile's sections in place; ``simulate`` by subset."""

    models: Annotated[Mapping[Name, SpectrumModelConfig], Field(min_length=1)]
    simulate: Annotated[Mapping[Name, SimulateConfig], Field(min_length=1)]
    validate_: ValidateConfig = Field(alias="validate")
    train: MoleculeTrainConfig


def question(model: ModelConfig) -> str:
    """Question that a model answers: only errors of equal spectra, of equal molecules, can be compared."""
    sigma_ev, points = (getattr(model, name) for name in ("sigma_ev", "points"))
    return f"{model.subset}-{1e3 * sigma_ev:g}meV-{points}".replace(".", "_")
