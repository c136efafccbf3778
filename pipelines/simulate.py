"""Stage simulate: params -> data/<subset>/shard-*.parquet."""

import sys

from relaxnet.core.console import run_cleanly


def main() -> None:
    import shutil
    from functools import partial
    from pathlib import Path

    from tqdm import tqdm

    from relaxnet.core.config import project_root
    from relaxnet.studies.relaxation.dataset import make_executor, select, shard_code, write_dataset
    from relaxnet.studies.relaxation.params import PARAMS_FILE, load_params
    from relaxnet.studies.relaxation.physics import chr_program

    subset = sys.argv[1]
    config = load_params(PARAMS_FILE).simulate
    executor = make_executor(config.executor, workers=config.workers, dask_address=config.dask_address)
    quartets = select(subset, config.count, config.seed)
    # outputs are deleted before a stage runs: shards of an interrupted run wait elsewhere
    work = project_root() / ".relaxnet" / "simulate" / f"{subset}-{len(quartets)}-{config.seed}-{shard_code()}"
    with tqdm(total=len(quartets), desc=f"simulate {subset}", unit="quartet", mininterval=2.0) as bar:
        write_dataset(
            work,
            quartets.parameters(),
            source=subset,
            program=chr_program(),
            seed=config.seed,
            index=quartets,
            executor=executor,
            progress=bar.update,
            notice=partial(bar.write, file=sys.stderr),
        )
    output = Path("data", subset)
    shutil.rmtree(output, ignore_errors=True)
    output.parent.mkdir(exist_ok=True)
    shutil.move(work, output)


if __name__ == "__main__":
    sys.exit(run_cleanly(main))
