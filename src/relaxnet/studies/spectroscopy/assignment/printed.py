"""What the report prints, and what its entries are called here.

Source: M. Smeds, Hyperparameter optimisation for deep learning of spectroscopy, special assignment report, Aalto
University, 2019 (132 531 molecules, 90 : 5 : 5, 2500 epochs, Adam with a constant rate of 1e-4).
"""

from typing import Final, NamedTuple

ARTICLE: Final = "the report (Smeds, Aalto University, 2019)"


class Scores(NamedTuple):
    """A row of Tables 2 to 4: accuracy in percent, errors in states per eV (or without unit, if normalised), R²."""

    accuracy: str
    rmse: str
    mae: str
    r2: str


WEIGHTS: Final = {300: 221_529, 500: 297_329, 700: 373_129}
"""Table 1: weights of the network by the number of points."""

DEFAULT: Final = "rmse"
"""Model of the report's default: RMSE, sigma 0.5 eV, 300 points."""

LOSSES: Final = {
    "rmse": Scores("94.8", "0.209", "0.111", "0.948"),
    "smooth": Scores("94.7", "0.210", "0.112", "0.948"),
    "logcosh": Scores("94.8", "0.208", "0.110", "0.948"),
}
"""Table 2, predictions as they are."""

LOSSES_NORMALISED: Final = {
    "rmse": Scores("94.8", "0.010", "0.005", "0.950"),
    "smooth": Scores("94.7", "0.010", "0.005", "0.950"),
    "logcosh": Scores("94.8", "0.010", "0.005", "0.950"),
    "cosine": Scores("94.7", "0.010", "0.005", "0.949"),
    "pearson": Scores("76.3", "0.044", "0.036", "0.419"),
}
"""Table 2, normalised predictions."""

BROADENINGS: Final = {
    "sigma-100": Scores("74.1", "1.08", "0.591", "-0.0993"),
    "sigma-300": Scores("90.6", "0.404", "0.221", "0.826"),
    "rmse": Scores("94.8", "0.209", "0.111", "0.948"),
}
"""Table 3."""

DENSITIES: Final = {
    "sigma-100": Scores("74.1", "1.08", "0.591", "-0.0993"),
    "points-500": Scores("74.2", "1.08", "0.592", "-0.105"),
    "points-700": Scores("74.1", "1.09", "0.595", "-0.1069"),
}
"""Table 4."""


class Negatives(NamedTuple):
    """A row of Table 5: percent of the points, and magnitude in 1e-6."""

    share: str
    magnitude: str


NEGATIVES: Final = {
    "rmse": Negatives("30.4", "138"),
    "smooth": Negatives("21.4", "112"),
    "logcosh": Negatives("30.9", "126"),
    "cosine": Negatives("25.7", "6.23"),
    "pearson": Negatives("65.6", "280"),
}
"""Table 5."""
