"""Stage simulate: params -> data/<subset>/shard-*.parquet."""

import os
import sys
from pathlib import Path

from tqdm import tqdm

from relaxnet.config import load_params
from relaxnet.console import run_cleanly
from relaxnet.dataset import select, write_dataset
from relaxnet.physics import chr_program


def main(subset: str) -> None:
    config = load_params(Path("params.yaml")).simulate
    quartets = select(subset, config.count, config.seed)
    with tqdm(total=len(quartets), desc=f"simulate {subset}", unit="quartet", mininterval=2.0) as bar:
        write_dataset(
            Path("data", subset),
            quartets.parameters(),
            source=subset,
            program=chr_program(),
            seed=config.seed,
            index=quartets,
            workers=os.cpu_count() or 1,
            progress=bar.update,
        )


if __name__ == "__main__":
    sys.exit(run_cleanly(lambda: main(sys.argv[1])))
