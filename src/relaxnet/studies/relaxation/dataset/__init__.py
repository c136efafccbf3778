"""Datasets of relaxation signals: the state space, and Parquet shards to write and to read."""

from relaxnet.core.executors import DaskCluster, Executor, LocalProcesses, make_executor

from .reader import Dataset
from .schema import Metadata
from .shards import WORKER_MODULES, shard_code
from .state_space import SUBSETS, Quartets, ln_a_table, select, subset_size
from .writer import write_dataset, write_signals, write_single

__all__ = [
    "SUBSETS", "WORKER_MODULES", "DaskCluster", "Dataset", "Executor", "LocalProcesses", "Metadata", "Quartets",
    "ln_a_table", "make_executor", "select", "shard_code", "subset_size", "write_dataset", "write_signals",
    "write_single",
]  # fmt: skip
