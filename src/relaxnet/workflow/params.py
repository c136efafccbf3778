"""The sections of ``params.yaml`` that every study has, and how the chosen profile fills them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import Field, PrivateAttr

from relaxnet.core.config import MISSING, Config, Name, matching, parse
from relaxnet.core.errors import InvalidInputError
from relaxnet.core.files import read_yaml
from relaxnet.datasets.split import SplitConfig
from relaxnet.registry.gate_config import GateConfig
from relaxnet.training.config import LossConfig, StartConfig, TrainConfig

from .search_config import SearchConfig

LossWeight = Annotated[float, Field(ge=0, le=1e6)]


# What MLflow takes; it reserves `latest`, and `v` with a number, and promotion the champion's.
Alias = Annotated[
    str,
    matching(
        r"(?!(?i:latest|v\d+|champion|previous)$)[A-Za-z][A-Za-z0-9_-]{0,254}",
        "a letter, then up to 254 letters, digits, '_' and '-'; none of latest, champion, previous and v with a number",
    ),
]
# A question follows, of up to 100 characters; MLflow takes 256.
RegistryName = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,149}", "a letter or digit, then up to 149 letters, digits, '_', '.' and '-'"
    ),
]


class ModelConfig(Config):
    """One model: its data, its network, its loss with the weight of each target, what it starts from.

    ``set`` has settings of its network and its training in place of the profile's, by path, as a search sets them:
    ``{optimizer.learning_rate: 1.0e-4, network.dropout: 0.2}``.
    """

    subset: Name
    architecture: str
    loss_weights: dict[str, LossWeight]
    loss: LossConfig = LossConfig()
    start: StartConfig | None = None
    set: dict[str, Any] = Field(default_factory=dict)


class RegisterConfig(Config):
    """Beginning of the names in the registry, and the alias that the best model for a question gets."""

    name: RegistryName
    alias: Alias


@dataclass(frozen=True)
class _Sections:
    """The sections of a file as they stand there: those of all profiles, and those of one."""

    shared: Mapping[str, Any]
    profile: str
    own: Mapping[str, Any]

    def merged(self) -> dict[str, Any]:
        """All sections for the profile; a section that stands in both places has its keys from both."""
        sections = dict(self.shared)
        for name, values in self.own.items():
            if name in sections:
                for place, found in ((name, sections[name]), (f"profiles.{self.profile}.{name}", values)):
                    if not isinstance(found, dict):
                        raise InvalidInputError(place, found, "a mapping: the section also stands elsewhere")
                values = sections[name] | values
            sections[name] = values
        return sections

    def place(self, field: str) -> str:
        """Where a field of the merged sections stands in the file."""
        section, _, rest = field.partition(".")
        key = rest.partition(".")[0]
        if section in self.own and section in self.shared:
            is_shared = key in self.shared[section] and key not in self.own[section]
        else:
            is_shared = section in self.shared
        return field if is_shared else f"profiles.{self.profile}.{field}"


class StudyParams(Config):
    """All of a ``params.yaml``, with the chosen profile's sections in place; a study adds sections of its own.

    ``networks`` maps an architecture to its sizes, which the architecture checks; ``settings`` maps a model to settings
    in place of the profile's, as its own ``set`` has them.
    """

    profile: Name
    models: Annotated[Mapping[Name, ModelConfig], Field(min_length=1)]
    split: SplitConfig
    train: TrainConfig
    networks: dict[str, dict[str, Any]]
    settings: dict[Name, dict[str, Any]] = Field(default_factory=dict)
    search: SearchConfig
    register_: RegisterConfig = Field(alias="register")
    promote: GateConfig = Field(default_factory=lambda: parse(GateConfig, {}))
    _sections: _Sections | None = PrivateAttr(None)
    _others: tuple[Any, ...] = PrivateAttr(())

    def place(self, field: str) -> str:
        """Where a field, as ``networks.cnn.pool``, stands in the file: with its profile, if it stands there."""
        return self._sections.place(field) if self._sections else field

    def all_profiles(self) -> tuple[Self, ...]:
        """These params, and those of the file's other profiles."""
        return (self, *self._others)

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
            raise InvalidInputError(f"profiles.{self.profile}.networks.{architecture}", MISSING, "given")
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
        Naming the key, in whichever profile, its value and what is allowed.
    """
    return check_params(kind, read_yaml(path))


def check_params(kind: type[ParamsType], content: Mapping[str, Any]) -> ParamsType:
    """Check the content of a ``params.yaml``, see `load_params`."""
    raw = dict(content)
    profiles, profile = raw.pop("profiles", None), raw.get("profile")
    if not isinstance(profiles, dict) or not profiles:
        raise InvalidInputError("profiles", MISSING if profiles is None else profiles, "a mapping of profiles")
    if not isinstance(profile, str) or profile not in profiles:
        shown = MISSING if profile is None else profile
        raise InvalidInputError("profile", shown, f"one of {', '.join(map(str, profiles))}")
    chosen, *others = (_profile(kind, raw, name, profiles[name]) for name in sorted(profiles, key=profile.__ne__))
    chosen._others = tuple(others)
    return chosen


def _profile(kind: type[ParamsType], raw: Mapping[str, Any], name: str, own: Any) -> ParamsType:
    """Params with the sections of one profile in place."""
    if not isinstance(own, dict):
        raise InvalidInputError(f"profiles.{name}", own, "a mapping of sections")
    if "profile" in own:
        raise InvalidInputError(f"profiles.{name}.profile", own["profile"], "absent: it stands at the top")
    sections = _Sections(raw, name, own)
    content = {**sections.merged(), "profile": name}
    try:
        params = parse(kind, content)
    except InvalidInputError as error:
        place = sections.place(error.field)
        elsewhere = ", there or for all profiles" if error.value == MISSING and place != error.field else ""
        raise InvalidInputError(place, error.value, error.allowed + elsewhere) from None
    for model in params.settings:
        if model not in params.models:
            raise InvalidInputError(sections.place(f"settings.{model}"), model, f"one of {', '.join(params.models)}")
    params.promote.check_targets([name for model in params.models.values() for name in model.loss_weights], "promote")
    params._sections = sections
    return params
