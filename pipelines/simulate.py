"""Stage simulate: params -> data/<subset>/shard-*.parquet."""

import os
import shutil
import sys
from pathlib import Path

from tqdm import tqdm

from relaxnet.config import load_params, project_root
from relaxnet.console import run_cleanly
from relaxnet.dataset import select, write_dataset
from relaxnet.dataset.writer import code_fingerprint
from relaxnet.physics import chr_program


def main(subset: str) -> None:
    config = load_params(Path("params.yaml")).simulate
    quartets = select(subset, config.count, config.seed)
    # outputs are deleted before a stage runs: shards of an interrupted run wait elsewhere
    work = project_root() / ".relaxnet" / "simulate" / f"{subset}-{code_fingerprint()}"
    with tqdm(total=len(quartets), desc=f"simulate {subset}", unit="quartet", mininterval=2.0) as bar:
        write_dataset(
            work,
            quartets.parameters(),
            source=subset,
            program=chr_program(),
            seed=config.seed,
            index=quartets,
            workers=os.cpu_count() or 1,
            progress=bar.update,
        )
    output = Path("data", subset)
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(exist_ok=True)
    shutil.move(work, output)


if __name__ == "__main__":
    sys.exit(run_cleanly(lambda: main(sys.argv[1])))
