"""Datasets of relaxation signals: the state space, Parquet shards, validation."""

from .reader import Dataset
from .schema import Metadata
from .state_space import SUBSETS, Quartets, ln_a_table, select, subset_size
from .writer import write_dataset, write_single

__all__ = [
    "SUBSETS", "Dataset", "Metadata", "Quartets", "ln_a_table", "select", "subset_size", "write_dataset",
    "write_single",
]  # fmt: skip
