"""What the course's report prints: mean squared errors of constants as they stand in its file, in unknown units.

Source: V. Koka Balaji, exercise report, Machine Learning for Materials Scientists, summer 2025 (520 images of 64 x 64
pixels, split 70 : 15 : 15, 300 epochs, batches of 32, Adam).
"""

from typing import Final, NamedTuple

ARTICLE: Final = "the course report (Machine Learning for Materials Scientists, summer 2025)"

TEST_MSE: Final = {
    "baseline": "0.00000",  # BASELINE_IN_WORDS elsewhere
    "tuned": "8.41e-15",
    "vgg16-head": "1.61e-13",
    "vgg16-fine": "8.59e-15",
    "resnet50-head": "8.41e-15",
    "resnet50-fine": "9.91e-13",
    "densenet121-head": "8.53e-15",
    "densenet121-fine": "3.13e-12",
}
"""Final comparison, by the name of the model here."""

LOWEST_TEST_MSE: Final = 8.41e-15

BASELINE_IN_WORDS: Final = 1e-6
"""What Section 8 says that the baseline scores."""


class Setting(NamedTuple):
    """A row of the ten best of the grid: its number, its settings, the best mean squared error on validation data."""

    number: int
    filters: int
    kernel: int
    dropout: float
    learning_rate: float
    mse: float


TOP_TEN: Final = (
    Setting(22, 32, 5, 0.2, 1e-3, 6.85e-15),
    Setting(18, 32, 3, 0.2, 1e-3, 6.87e-15),
    Setting(16, 32, 3, 0.0, 1e-3, 6.89e-15),
    Setting(23, 32, 5, 0.2, 1e-4, 6.90e-15),
    Setting(19, 32, 3, 0.2, 1e-4, 6.94e-15),
    Setting(11, 16, 3, 0.2, 1e-4, 7.58e-15),
    Setting(14, 16, 5, 0.2, 1e-3, 8.61e-15),
    Setting(7, 8, 5, 0.2, 1e-4, 9.35e-15),
    Setting(3, 8, 3, 0.2, 1e-4, 3.38e-13),
    Setting(6, 8, 5, 0.2, 1e-3, 2.12e-11),
)
