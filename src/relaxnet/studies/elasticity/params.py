"""The sections of the elasticity study's ``params.yaml`` that other studies do not have."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, field_validator

from relaxnet.core.config import Config, Name, Positive, Share
from relaxnet.training.config import TrainConfig
from relaxnet.workflow.params import ModelConfig, StudyParams

from .dataset.config import CellsConfig, CourseConfig, subsets_before


class CellModelConfig(ModelConfig):
    """One model.

    ``unit_gpa`` trains it on constants in this unit, in GPa, and not on constants scaled by their spread: as one does
    who takes numbers as they stand in a file.
    """

    unit_gpa: Positive | None = None


class SymmetryConfig(Config):
    """What training cells are turned into, drawn for each cell and epoch, with the constants to match."""

    translations: bool = False
    turns: bool = False
    mirrors: bool = False


class CellTrainConfig(TrainConfig):
    """Training on cells; ``symmetries`` are for the cells that are trained on and no others."""

    symmetries: SymmetryConfig = SymmetryConfig()


class ValidateConfig(Config):
    """Bounds of the dataset's expectations: cells that are turned and homogenised again, and what may differ."""

    turned_sample: Annotated[int, Field(ge=1, le=10_000)]
    tolerance: Share


class ElasticityParams(StudyParams):
    """All of the study's ``params.yaml``, with the chosen profile's sections in place; ``simulate`` by subset."""

    models: Annotated[Mapping[Name, CellModelConfig], Field(min_length=1)]
    simulate: Annotated[Mapping[Name, CellsConfig], Field(min_length=1)]
    validate_: ValidateConfig = Field(alias="validate")
    train: CellTrainConfig

    @field_validator("simulate")
    @classmethod
    def _are_apart(cls, simulate: Mapping[str, CellsConfig]) -> Mapping[str, CellsConfig]:
        for subset in simulate:
            subsets_before(simulate, subset)
        return simulate

    def network_settings(self, name: str) -> dict[str, Any]:
        """Sizes and options of a model's network, by the profile and by its own settings."""
        model = self.models[name]
        own = {**model.set, **self.settings.get(name, {})}
        prefix = "network."
        changed = {path.removeprefix(prefix): value for path, value in own.items() if path.startswith(prefix)}
        return {**self.networks[model.architecture], **changed}

    def files(self) -> list[str]:
        """Folders of cells and files of weights that are named here."""
        folders = [config.folder for config in self.simulate.values() if isinstance(config, CourseConfig)]
        weights = [str(self.network_settings(name).get("weights", "none")) for name in self.models]
        return sorted({*folders, *weights} - {"none", "imagenet"})
