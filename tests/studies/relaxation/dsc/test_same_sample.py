import pytest

from relaxnet.core.errors import InvalidInputError
from relaxnet.studies.relaxation.dsc.curve import InstrumentFile
from relaxnet.studies.relaxation.dsc.same_sample import Transition, check_names, check_transitions


def files(*names):
    return [InstrumentFile(f"{number}.csv", "ta", None, name, None, ()) for number, name in enumerate(names)]


@pytest.mark.parametrize(
    "names",
    [
        ("PMMA 10 K/min, run 2", "PMMA_3K", "pmma"),
        ("As2Se3", None, "as2se3 "),
        (None, None),
        ("glass 5.2 mg", "glass 4,9mg"),
    ],
)
def test_runs_of_one_sample(names):
    check_names(files(*names))


@pytest.mark.parametrize("names", [("As2Se3", "As2S3"), ("As30Se70", "As40Se60"), ("A", None, "B")])
def test_other_samples_are_refused(names):
    with pytest.raises(InvalidInputError, match="estimate samples one at a time or with --batch"):
        check_names(files(*names))


def test_transitions():
    near = [Transition("a", 180.0, 10.0), Transition("b", 186.0, 10.0)]
    check_transitions(near)
    check_transitions([*near, Transition("flash", 215.0, 60_000.0)])
    with pytest.raises(
        InvalidInputError, match=r"c: glass transition = 215.0 °C: .*a, 180.0 °C: these are two samples"
    ):
        check_transitions([*near, Transition("c", 215.0, 20.0)])
