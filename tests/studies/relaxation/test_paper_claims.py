"""Each claim of the paper is judged by the numbers, and left open where they cannot tell."""

from types import SimpleNamespace

import pytest

from relaxnet.studies.relaxation.paper.claims import CLAIMS

SUBSETS = ("LU", "RU", "LB", "RB", "C", "G")
X_BETTER, MUCH_WORSE, BEST_DH, WORST_BETA, WORST_X, EDGES, DESCRIPTORS = (claim.judge for claim in CLAIMS)


def model(subset, *, x=0.9, beta=0.9, dh=0.2, evaluated=300, skills=(0.1, 0.9), edge=1.5, rho=0.1, ln_a_weight=0.1):
    def target(share, skill):
        return SimpleNamespace(within={"0.02": share, "10000": share}, skill=skill)

    position, shape = skills
    return SimpleNamespace(
        subset=subset,
        loss_weights={"ln_a": ln_a_weight},
        samples=SimpleNamespace(evaluated=evaluated),
        targets={
            "x": target(x, shape),
            "beta": target(beta, shape),
            "dh_j_per_mol": target(dh, position),
            "ln_a": target(0.1, position),
        },
        edges={"edge": {"sse_parameters": {"ratio": edge}}},
        descriptors={"cp_n_max": {"x": rho, "sse_signals": 0.9}},
    )


def models(**changed):
    """Of all six subsets; ``changed`` gives what is different in one of them."""
    return {subset: model(subset, **changed.get(subset, {})) for subset in SUBSETS}


def test_x_against_beta_needs_more_than_chance():
    assert X_BETTER({"C": model("C", x=0.99, beta=0.90)}).holds is True
    assert X_BETTER({"C": model("C", x=0.90, beta=0.99)}).holds is False
    assert X_BETTER({"C": model("C", x=0.91, beta=0.90)}).holds is None
    assert X_BETTER({"C": model("C", x=0.91, beta=0.90, evaluated=30000)}).holds is True


def test_models_of_other_weights_are_not_asked():
    assert X_BETTER({"C-w1": model("C", x=0.99, beta=0.5, ln_a_weight=1.0)}).holds is None


@pytest.mark.parametrize(
    ("judge", "subsets", "best", "worst"),
    [(BEST_DH, ["RU"], {"dh": 0.7}, {"dh": 0.05}), (WORST_BETA, ["RU", "G"], {"beta": 0.6}, {"beta": 0.999}),
     (WORST_X, ["G"], {"x": 0.6}, {"x": 0.999})],
)  # fmt: skip
def test_extremes_are_of_all_six_subsets(judge, subsets, best, worst):
    assert judge(models(**dict.fromkeys(subsets, best))).holds is True
    assert judge(models(**dict.fromkeys(subsets, worst))).holds is False
    assert judge(models()).holds is None
    few = models(**dict.fromkeys(subsets, best))
    del few["LB"]
    assert judge(few).holds is None


def test_skills_edges_and_descriptors():
    assert MUCH_WORSE(models()).holds is True
    assert MUCH_WORSE(models(C={"skills": (0.8, 0.9)})).holds is False
    assert MUCH_WORSE(models(C={"skills": (None, 0.9)})).holds is True  # constant targets have no skill
    assert EDGES(models(G={"edge": 0.5})).holds is True  # the whole plane has no edge cut out
    assert EDGES(models(C={"edge": 0.5})).holds is False
    assert EDGES({}).holds is None
    assert DESCRIPTORS(models()).holds is True  # sums of squares are not asked
    assert DESCRIPTORS(models(LU={"rho": -0.7})).holds is False
