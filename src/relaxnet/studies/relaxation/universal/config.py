"""The section ``universal`` of a profile in ``params.yaml``."""

from typing import Annotated

from pydantic import Field

from relaxnet.core.config import Config, Seed


class NetworkConfig(Config):
    """Size and training of one of the two networks."""

    width: Annotated[int, Field(ge=1, le=4096)]
    depth: Annotated[int, Field(ge=1, le=32)]
    epochs: Annotated[int, Field(ge=1, le=100_000)]
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)]
    learning_rate: Annotated[float, Field(gt=0, le=1)]


class UniversalConfig(Config):
    """Training of the universal network: number of glasses drawn, their seed, and the two networks."""

    glasses: Annotated[int, Field(ge=1000, le=10_000_000)]
    seed: Seed
    scan: NetworkConfig
    guess: NetworkConfig
