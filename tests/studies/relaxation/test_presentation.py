"""What the comparison is told of this study fits the targets, the parameters and the paper."""

from pathlib import Path

import pandas as pd
import yaml

from relaxnet.studies.relaxation.dataset.state_space import DH_J_PER_MOL, SUBSETS, ln_a_table
from relaxnet.studies.relaxation.materials import COLUMNS, WHOLE, estimate_materials, write_materials
from relaxnet.studies.relaxation.measures import EDGES, descriptors
from relaxnet.studies.relaxation.paper.results import PAPER
from relaxnet.studies.relaxation.physics.published import MATERIALS
from relaxnet.studies.relaxation.region_map import REGIONS, draw_regions
from relaxnet.studies.relaxation.report import REPORT
from relaxnet.studies.relaxation.samples.targets import PAIRS, TARGETS
from relaxnet.studies.relaxation.study import STUDY
from relaxnet.workflow.project import Project

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
    assert WHOLE in {model["subset"] for model in PARAMS["models"].values()}
    assert {REPORT.external.case, REPORT.external.inside} <= set(COLUMNS)
    assert all(column in estimate_materials.__doc__ for column in COLUMNS)


def test_without_a_model_of_the_whole_plane_there_are_no_materials_and_a_line_says_so(params, tmp_path, capsys):
    few = params.model_copy(update={"models": {"C": params.models["C"]}})
    project = Project("relaxation", tmp_path, tmp_path)
    write_materials(STUDY, project, few)
    assert (project.evaluation / "materials.csv").read_text() == "model,material,target,true,estimate,inside_plane\n"
    assert capsys.readouterr().err == "relaxnet: models = C: none of subset G, so no real material is estimated\n"


def test_the_map_shows_every_subset_where_it_lies_and_every_material():
    figure = draw_regions()
    ax = figure.axes[0]
    names = {text.get_text(): text for text in ax.texts}
    assert {*SUBSETS, *MATERIALS} <= {*names, WHOLE}
    assert all(f"{name}" in REGIONS.text for name in SUBSETS)
    for name, values in MATERIALS.items():
        assert names[name].xy == (values.ln_a, values.dh_j_per_mol / 1e3)
    for name in set(SUBSETS) - {WHOLE}:
        rows, columns = SUBSETS[name]
        ln_a, dh = names[name].xy
        low, high = ln_a_table()[rows[5], columns[[0, -1]]]
        assert low < ln_a < high
        assert dh == DH_J_PER_MOL[rows[5]] / 1e3
    assert ax.yaxis_inverted()  # upper subsets have the low dh, as the paper prints the plane
