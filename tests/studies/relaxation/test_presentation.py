"""What the comparison is told of this study fits the targets, the parameters and the paper."""

from pathlib import Path

import pandas as pd
import yaml

from relaxnet.studies.relaxation.materials import estimate_materials
from relaxnet.studies.relaxation.measures import EDGES, descriptors
from relaxnet.studies.relaxation.paper.results import PAPER
from relaxnet.studies.relaxation.report import REPORT
from relaxnet.studies.relaxation.samples.targets import PAIRS, TARGETS

PARAMS = yaml.safe_load((Path(__file__).parents[3] / "params.yaml").read_text())
FINAL = PARAMS["models"]["G"]["loss_weights"]


def test_targets_have_the_order_and_the_labels_of_the_paper():
    labels = [target.label for target in REPORT.ordered(TARGETS)]
    assert labels == ["β (–)", "x (–)", "Δh* (kJ/mol)", "ln(A/s) (–)"]
    assert TARGETS["dh_j_per_mol"].amount_text(1e4) == "10 kJ/mol"


def test_pairs_descriptors_and_edges_are_those_that_are_measured():
    assert {pair.sse: (pair.x, pair.y) for pair in REPORT.pairs} == PAIRS
    scalars = pd.DataFrame({"cp_n_max": [2.0], "cp_n_max_0": [2.0], "half_width_k_0": [4.0]})
    assert [item.name for item in REPORT.descriptors] == list(descriptors(scalars))
    assert tuple(group.name for group in REPORT.groups) == EDGES


def test_printed_figures_belong_to_a_subset_and_the_final_weight():
    assert PAPER.figure("x", 0.02, "G", FINAL).share == 0.97
    assert PAPER.figure("dh_j_per_mol", 1e4, "RU", FINAL).share == 0.70
    assert PAPER.figure("beta", 0.02, "C", FINAL | {"ln_a": 1.0}) is None
    assert PAPER.figure("beta", 0.02, "C", {}) is None
    assert PAPER.figure("dh_j_per_mol", 1e4, "G", FINAL) is None


def test_printed_figures_are_unique_and_of_thresholds_that_are_evaluated():
    figures = PAPER.figures
    assert len({(f.target, f.threshold, s) for f in figures for s in f.subsets}) == sum(len(f.subsets) for f in figures)
    thresholds = {t.name: t.thresholds for t in TARGETS.items}
    assert all(f.threshold in thresholds[f.target] for f in figures)
    assert {s for f in figures for s in f.subsets} == {m["subset"] for m in PARAMS["models"].values()}


def test_materials_are_estimated_by_a_model_that_is_trained():
    assert REPORT.external.model in PARAMS["models"]
    assert all(column in estimate_materials.__doc__ for column in (REPORT.external.case, REPORT.external.inside))
