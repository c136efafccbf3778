"""The sections of ``params.yaml`` that every study has, and how the chosen profile fills them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, PositiveInt

from relaxnet.core.config import Config, NonNegative, Positive, Seed, parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.datasets.split import SplitConfig
from relaxnet.search.space import ParameterConfig
from relaxnet.training.config import LossConfig, StartConfig, TrainConfig


class ModelConfig(Config):
    """One model: its data, its network, its loss with the weight of each target, what it starts from."""

    subset: str
    architecture: str
    loss_weights: dict[str, NonNegative]
    loss: LossConfig = LossConfig()
    start: StartConfig | None = None


class SearchConfig(Config):
    """The hyper-parameter search: on what, over which space, how much of it."""

    subset: str
    architecture: str
    sampler_seed: Seed
    space: Annotated[dict[str, ParameterConfig], Field(min_length=1)]
    trials: PositiveInt
    epochs: PositiveInt
    timeout_s: Positive


class RegisterConfig(Config):
    """Name in the registry and the alias that the best candidate gets."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")]
    alias: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class StudyParams(Config):
    """All of a ``params.yaml``, with the chosen profile's sections in place; a study adds sections of its own.

    ``networks`` maps an architecture to its sizes, which the architecture checks.
    """

    profile: str
    models: Mapping[str, ModelConfig]
    split: SplitConfig
    train: TrainConfig
    networks: dict[str, dict[str, Any]]
    search: SearchConfig
    register_: RegisterConfig = Field(alias="register")

    def model(self, name: str) -> ModelConfig:
        """Config of the model called ``name``.

        Raises
        ------
        InvalidInputError
            If there is none.
        """
        if name not in self.models:
            raise InvalidInputError("model", name, f"one of {', '.join(self.models)}")
        return self.models[name]

    def training(self, architecture: str) -> TrainConfig:
        """Training configuration with the network sizes of ``architecture``.

        Raises
        ------
        InvalidInputError
            If the profile has none for it.
        """
        if architecture not in self.networks:
            raise InvalidInputError(f"profiles.{self.profile}.networks.{architecture}", "(missing)", "given")
        return self.train.model_copy(update={"network": self.networks[architecture]})


ParamsType = TypeVar("ParamsType", bound=StudyParams)


def load_params(kind: type[ParamsType], path: Path) -> ParamsType:
    """Read and check a ``params.yaml``.

    Parameters
    ----------
    kind : type
        The study's own params class.
    path : Path

    Raises
    ------
    DataFileError
        If the file is missing or not YAML.
    InvalidInputError
        Naming the key, its value and what is allowed.
    """
    raw = read_yaml(path)
    profiles, profile = raw.pop("profiles", None), raw.get("profile")
    profiles = profiles if isinstance(profiles, dict) else {}
    if not isinstance(profile, str) or profile not in profiles:
        raise InvalidInputError("profile", profile, f"one of {', '.join(map(str, profiles))}")
    if not isinstance(profiles[profile], dict):
        raise InvalidInputError(f"profiles.{profile}", profiles[profile], "a mapping of sections")
    for section, values in profiles[profile].items():
        shared = raw.get(section, {})
        raw[section] = {**shared, **values} if isinstance(shared, dict) and isinstance(values, dict) else values
    return parse(kind, raw)
