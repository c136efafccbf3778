"""Datasets of relaxation signals: the state space, and Parquet shards to write and to read."""

from relaxnet.core.executors import DaskCluster, Executor, LocalThreads, make_executor

from .reader import Dataset
from .schema import Metadata
from .shards import shard_code
from .state_space import SUBSETS, Quartets, ln_a_table, select, subset_size
from .writer import write_dataset, write_signals, write_single

__all__ = [
    "SUBSETS", "DaskCluster", "Dataset", "Executor", "LocalThreads", "Metadata", "Quartets", "ln_a_table",
    "make_executor", "select", "shard_code", "subset_size", "write_dataset", "write_signals", "write_single",
]  # fmt: skip
