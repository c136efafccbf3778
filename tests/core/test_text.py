"""Numbers and lists as people read them."""

from __future__ import annotations

from relaxnet.core.text import begin_sentence, count_word, listed, number, percent


def test_numbers_for_people() -> None:
    assert [number(v) for v in (0, 0.02, 10, 12345, -1.5, 0.000123, 1e-6)] == [
        "0", "0.02", "10", "12345", "−1.5", "0.000123", "1e-06",
    ]  # fmt: skip
    assert [number(v, pad=True) for v in (0.2, 0.0039, 99, 271.2, 99999)] == [
        "0.200",
        "0.00390",
        "99.0",
        "271",
        "99999",
    ]
    assert percent(0.1234) == "12.3 %"


def test_lists_and_sentences() -> None:
    assert [listed(n) for n in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert [count_word(n, "model") for n in (1, 7, 12)] == ["One model", "Seven models", "12 models"]
    assert begin_sentence("x-ray samples of Se") == "X-ray samples of Se"
