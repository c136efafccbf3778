import pytest

from relaxnet.cli.command import main


@pytest.fixture(scope="session", autouse=True)
def _compiled(tmp_path_factory):
    """Compile first, as in a fresh checkout: the line that tells of it is no failure, nor is the cache's disk full."""
    folder = tmp_path_factory.mktemp("compiled")
    as2se3 = ["--ln-a", "-79.21", "--dh", "318443.9", "--x", "0.57", "--beta", "0.71"]
    for output in (["out.csv", "--certify"], ["out.parquet"]):
        assert main(["simulate", *as2se3, "--output", str(folder / output[0]), *output[1:]]) == 0
