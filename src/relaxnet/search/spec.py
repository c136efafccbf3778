"""What makes a study of trials the same one."""

import hashlib
import json
from dataclasses import dataclass, field

from relaxnet.core.errors import InvalidInputError

from .config import PrunerConfig, SamplerConfig
from .space import Space, cells, fingerprint


@dataclass(frozen=True)
class SearchSpec:
    """What makes a study the same one: any other has another name.

    Attributes
    ----------
    name : str
        For people; the study's own name has a fingerprint of all else here behind it.
    space : mapping of str to ParameterConfig
        At least one parameter.
    fingerprint : str
        Whatever else a value depends on (data hash, epochs, ...).
    sampler, pruner
    objectives : tuple of str
        What is minimised; a pruner needs a single one.
    steps : int
        How often a trial reports.
    """

    name: str
    space: Space
    fingerprint: str
    sampler: SamplerConfig = field(default_factory=SamplerConfig)
    pruner: PrunerConfig = field(default_factory=PrunerConfig)
    objectives: tuple[str, ...] = ("score",)
    steps: int = 1

    def __post_init__(self) -> None:
        if not self.space:
            raise InvalidInputError("space", "(empty)", "at least one parameter")
        if len(self.objectives) > 1 and self.pruner.name != "none":
            raise InvalidInputError("pruner.name", self.pruner.name, "none where there are several objectives")

    @property
    def study_name(self) -> str:
        """Name of the study."""
        return f"{self.name}-{self.content()[:12]}"

    def content(self) -> str:
        """Hash of all that the study depends on."""
        how = [self.sampler.model_dump(), self.pruner.model_dump(), self.objectives, self.fingerprint]
        text = f"{fingerprint(self.space)}|{json.dumps(how, sort_keys=True)}"
        return hashlib.sha256(text.encode()).hexdigest()

    def trials(self, asked: int | None) -> int:
        """Number of trials: of a grid its combinations, else those asked for.

        Raises
        ------
        InvalidInputError
            If a grid is to have another number, or anything else none.
        """
        if self.sampler.name != "grid":
            if asked is None:
                raise InvalidInputError("trials", asked, "given, but for the sampler grid")
            return asked
        count = len(cells(self.space))
        if asked not in (None, count):
            raise InvalidInputError(
                "trials", asked, f"absent, or {count}: the sampler grid does every combination once"
            )
        return count
