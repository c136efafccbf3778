"""How a network is trained."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from relaxnet.core.config import Config, Seed

LearningRate = Annotated[float, Field(gt=0, le=100)]
BatchSize = Annotated[int, Field(ge=1, le=2**16)]
Epochs = Annotated[int, Field(ge=1, lt=2**16)]  # the random numbers of each epoch begin at a multiple of 2**16


class OptimizerConfig(Config):
    """Optimiser and the course of its learning rate.

    ``warmup`` is the share of a cosine course in which the rate rises from 0; ``beta_2`` is Adam's decay of the mean
    squared gradient, which should forget much faster than the training lasts: gradients fall by orders of magnitude.
    """

    name: Literal["adam", "sgd"]
    learning_rate: LearningRate
    schedule: Literal["constant", "cosine"]
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.0
    beta_2: Annotated[float, Field(gt=0, lt=1)] | None = None

    @model_validator(mode="after")
    def _applies(self) -> Self:
        if self.warmup and self.schedule != "cosine":
            raise ValueError(f"without warmup where the schedule is {self.schedule}")
        if self.beta_2 is not None and self.name != "adam":
            raise ValueError(f"without beta_2 where the name is {self.name}")
        return self


class LossConfig(Config):
    """A loss of `relaxnet.training.losses` by name; ``options`` are checked by the loss that they are for.

    In params a name alone will do, and options stand beside it: ``loss: {name: huber, delta: 0.1}``.
    """

    name: str = "mse"
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _short(cls, values: Any) -> Any:
        if isinstance(values, str):
            return {"name": values}
        if isinstance(values, dict) and "options" not in values and "name" in values:
            return {"name": values["name"], "options": {key: v for key, v in values.items() if key != "name"}}
        return values

    @property
    def text(self) -> str:
        """Name and options in one word, for tables and runs."""
        options = ", ".join(f"{key} {value}" for key, value in self.options.items())
        return f"{self.name} ({options})" if options else self.name


class StartConfig(Config):
    """A training that starts from a stored model: its weights by the names of the layers.

    Attributes
    ----------
    model : str
        Another model of the study, or a folder with an estimator.
    freeze : tuple of str
        Names of layers that stay as they are, with ``*`` for any characters.
    new : tuple of str
        Names of layers that are not taken over, such as a head that was trained on other targets or on data of another
        range.
    """

    model: Annotated[str, Field(min_length=1)]
    freeze: tuple[str, ...] = ()
    new: tuple[str, ...] = ()


class TrainConfig(Config):
    """Network sizes and optimisation; ``network`` is checked by the architecture that it is for.

    ``xla`` compiles TensorFlow's training step, ``precision`` is that of its arithmetic; weights and the saved network
    are float32 in any case.  Neither pays on processors at small sizes: `benchmarks/training.py` measures it.
    ``threads`` are those of TensorFlow (null: as many as processors); their number decides the last bits of a result.
    ``share`` is the part of the training samples that is used, drawn by ``seed`` (null: all); an epoch repeats them, so
    that it takes as many steps as with all.
    """

    network: dict[str, Any] = Field(default_factory=dict)
    optimizer: OptimizerConfig
    batch_size: BatchSize
    epochs: Epochs
    seed: Seed
    xla: bool = False
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    threads: Annotated[int, Field(ge=1, le=1024)] | None = None
    share: Annotated[float, Field(gt=0, le=1)] | None = None
