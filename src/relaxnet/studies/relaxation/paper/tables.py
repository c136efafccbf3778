"""The paper's Tables 1 to 4: what is printed, and what this project uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from relaxnet.core.text import percent
from relaxnet.evaluation.metrics import threshold_key

from ..dataset.state_space import DH_J_PER_MOL, LN_A_LIMITS, N_LN_A, SHAPE_VALUES, subset_size
from ..physics import ChrProgram
from ..samples.targets import RESERVE, TARGETS
from .results import PAPER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relaxnet.reporting.records import MetricsRecord
    from relaxnet.reporting.spec import ReportSpec

    from ..params import RelaxationParams

ARCHITECTURE = "mcnn-paper"
DASH = "–"
ALGORITHMS = {"sgd": "SGD", "adam": "Adam"}
ORDER = ("dh_j_per_mol", "ln_a", "beta", "x")  # of the rows of Table 3


class PrintedTable(NamedTuple):
    """A table: heads, rows of text, and what is to be said of it."""

    heads: list[str]
    rows: list[list[str]]
    note: str = ""


def rates(program: ChrProgram) -> PrintedTable:
    """Table 1: the rates of the cycles."""
    rows = [
        [str(number), f"{rate:g}", f"{program.heating_rate_k_per_min:g}"]
        for number, rate in enumerate(program.cooling_rates_k_per_min, start=1)
    ]
    return PrintedTable(["cycle", "cooling (K/min)", "heating (K/min)"], rows, "As printed.")


def ranges() -> PrintedTable:
    """Table 2: the ranges of the parameters and their steps (Section 2.1)."""
    shape = f"{SHAPE_VALUES[0]:g} … {SHAPE_VALUES[-1]:g}"
    steps = f"step {SHAPE_VALUES[1] - SHAPE_VALUES[0]:.2f}, {len(SHAPE_VALUES)} values"
    dh = DH_J_PER_MOL / 1e3
    total = len(dh) * N_LN_A * len(SHAPE_VALUES) ** 2
    rows = [
        ["ln(A/s) (–)", "−630 … −18", f"{LN_A_LIMITS[0]:g} … {LN_A_LIMITS[1]:g}", f"{N_LN_A} values for each Δh*"],
        ["Δh* (kJ/mol)", "200 … 1200", f"{dh[0]:g} … {dh[-1]:g}", f"step {dh[1] - dh[0]:g}, {len(dh)} values"],
        ["x (–)", "0.2 … 1", shape, steps],
        ["β (–)", "0.2 … 1", shape, steps],
    ]
    note = (
        f"{total} quartets in all. The bounds of ln A at each Δh* are in the paper’s supplement, which was not "
        "available: here they follow from a rule that meets both printed ends (docs/design.md). What the paper calls "
        "log(A/s) is the natural logarithm."
    )
    return PrintedTable(["parameter", "printed", "here", "steps"], _minus(rows), note)


def limits() -> PrintedTable:
    """Table 3: the limits of the min-max normalisation."""
    shape = ("0.2 / 1.2", "1.0 × 1.2")
    printed = {
        "dh_j_per_mol": ("200 / 1.2", "1200 × 1.2"), "ln_a": ("−630 / 1.2", "−18 × 1.2"), "beta": shape, "x": shape
    }  # fmt: skip
    rows = []
    for name in ORDER:
        target = TARGETS[name]
        ends = (f"{value * target.display_factor:.5g}" for value in target.limits or ())
        rows.append([target.label, *printed[name], *ends])
    note = (
        f"The factor of {RESERVE:g} is a reserve that widens every range. For ln A, which is negative, the limits as "
        "printed would narrow it; multiplication and division are exchanged here."
    )
    return PrintedTable(["target", "lower, printed", "upper, printed", "lower", "upper"], _minus(rows), note)


def training(params: RelaxationParams) -> PrintedTable:
    """Table 4: how the networks are trained, and with how much; beside it the profile in use."""
    config = params.train
    optimizer, grid = config.optimizer, config.grid
    if grid.span == "full":
        step = f"−250 … 1600 °C, every {grid.step_c:g} °C"
    else:
        step = f"the subset’s signals, every {grid.step_c:g} °C or finer: {grid.min_points} or more"
    quartets = params.simulate.quartets_per_subset
    sizes = [f"{subset_size(name) if quartets == 'all' else quartets}" for name in ("C", "G")]
    where = "" if params.simulate.sampling == "lattice" else ", drawn between the points of the lattice"
    algorithm = ALGORITHMS[optimizer.name] + (f", β₂ {optimizer.beta_2:g}" if optimizer.beta_2 else "")
    course = "constant" if optimizer.schedule == "constant" else f"falling as a {optimizer.schedule}"
    warmup = f", rising over the first {100 * optimizer.warmup:g} %" if optimizer.warmup else ""
    shares = [f"{100 * share:g}" for share in (params.split.train, params.split.validation, params.split.test)]
    rows = [
        ["temperatures of the input", "18501 (Section 2.1: −250 … 1600 °C)", step],
        ["training algorithm", "SGD", algorithm],
        ["learning rate", "0.01", f"{optimizer.learning_rate:g}, {course}{warmup}"],
        ["loss", "reduced mean square error", "the same: weighted mean square (eq. 11)"],
        ["validation metric", "mean absolute error", "the same, and the loss"],
        ["batch size", "128", f"{config.batch_size}"],
        ["epochs, none stopped early", "200", f"{config.epochs}"],
        ["quartets of C / of G (Section 2.1)", f"{subset_size('C')} / {subset_size('G')}", " / ".join(sizes) + where],
        ["training / validation / test (Section 2.3)", "70 / 15 / 15 %", f"{' / '.join(shares)} %"],
    ]
    return PrintedTable(["", "printed", f"profile {params.profile}"], _minus(rows))


def models(params: RelaxationParams) -> PrintedTable:
    """The seven models (Section 2.3)."""
    rows = [
        [name, model.subset, model.architecture, *(f"{model.loss_weights[target]:g}" for target in ORDER)]
        for name, model in params.models.items()
    ]
    heads = ["model", "subset", "architecture", *(f"loss weight of {TARGETS[name].short}" for name in ORDER)]
    note = (
        "The paper trains six models with the loss weights Δh* 1, ln A 0.1, β 3, x 3, and C once more with 1.0 for "
        "ln A (w_ln_a in this project, w_log(A) in the paper). Its text lists the weights in two different orders; the "
        "order of Table 3 is the one that agrees with what it says of them."
    )
    return PrintedTable(heads, rows, note)


def shares(records: Mapping[str, MetricsRecord], spec: ReportSpec) -> PrintedTable:
    """Share of quartets estimated within a threshold (Section 3.2): printed, on the lattice, between its points."""
    sets = [found for found in spec.evidence if found.published] + list(spec.evidence[-1:])
    columns = spec.headlines(TARGETS)
    rows = []
    for name, record in records.items():
        cells = []
        for target, threshold in columns:
            printed = PAPER.figure(target.name, threshold, record.subset, record.loss_weights)
            known = [
                percent(record.tests[found.name].targets[target.name].within[threshold_key(threshold)])
                if found.name in record.tests
                else DASH
                for found in sets
            ]
            cells.append(" / ".join([printed.text if printed else DASH, *known]))
        rows.append([name, record.subset, *cells])
    heads = ["model", "subset", *(f"{target.short} ± {target.amount_text(threshold)}" for target, threshold in columns)]
    note = (
        f"Printed / {' / '.join(found.where for found in sets)}; a dash where nothing is printed. The paper judges on "
        "the lattice only, whose pairs of Δh* and ln A its networks were trained on."
    )
    return PrintedTable(heads, rows, note)


def _minus(rows: list[list[str]]) -> list[list[str]]:
    return [[cell.replace("-", "−") if cell[:1] == "-" or " -" in cell else cell for cell in row] for row in rows]
