"""Is it a process yet: words that follow from counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from downmass.base.errors import InputError
from downmass.disciplines.quality.validation import validation_stage

ORDER = ["not_demonstrated", "demonstrated", "repeatable", "validated", "routine"]


@pytest.mark.parametrize(
    ("released", "word"),
    [
        (0, "not_demonstrated"),
        (1, "demonstrated"),
        (2, "repeatable"),
        (3, "validated"),
        (28, "validated"),
        (29, "routine"),
    ],
)
def test_an_unbroken_row_earns_its_word(released: int, word: str) -> None:
    assert validation_stage(released).word == word


def test_the_bound_is_that_of_the_success_run_theorem() -> None:
    # n of n: bound = 0.05 ** (1/n); 59 of 59 shows 95 percent, 29 of 29 shows 90 percent (success run).
    assert validation_stage(3).rate_at_least == pytest.approx(0.05 ** (1 / 3))
    assert validation_stage(29).rate_at_least > 0.90
    assert validation_stage(28).rate_at_least < 0.90
    assert validation_stage(59).rate_at_least > 0.95


def test_one_released_batch_is_a_one_off_however_good_it_was() -> None:
    stage = validation_stage(1)
    assert stage.word == "demonstrated"
    assert stage.rate_at_least == pytest.approx(0.05)


@given(st.integers(0, 60), st.integers(0, 20))
def test_more_releases_never_lower_the_word_and_more_failures_never_raise_it(good: int, bad: int) -> None:
    here = ORDER.index(validation_stage(good, good + bad).word)
    assert ORDER.index(validation_stage(good + 1, good + 1 + bad).word) >= here
    assert ORDER.index(validation_stage(good, good + bad + 1).word) <= here


@pytest.mark.parametrize(("released", "attempted"), [(-1, None), (3, 2)])
def test_counts_that_cannot_be_are_refused(released: int, attempted: int | None) -> None:
    with pytest.raises(InputError, match="attempted"):
        validation_stage(released, attempted)
