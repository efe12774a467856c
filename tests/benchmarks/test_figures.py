"""The arithmetic behind the figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.benchmarks.figures import Figure, percentile, rate, slope

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=200)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_of_the_numbers_to_a_hundred_is_its_rank(share: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), share) == expected


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 0.5)


@given(VALUES, st.floats(0, 1))
def test_a_percentile_is_one_of_the_values_and_enough_are_not_above_it(
    values: list[float], share: float
) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)


@given(VALUES)
def test_percentiles_grow_with_their_share(values: list[float]) -> None:
    ranked = [percentile(values, share / 10) for share in range(11)]
    assert ranked == sorted(ranked)


def test_a_rate_counts_up_to_the_last_arrival() -> None:
    assert rate([10.5, 12.0, 11.0], begun=10.0) == 1.5


def test_a_slope_is_the_cost_of_each_further_one() -> None:
    assert slope([(0, 60.0), (100, 62.0), (200, 64.0)]) == pytest.approx(0.02)


def test_a_slope_needs_two_places() -> None:
    with pytest.raises(ValueError, match="same x"):
        slope([(1, 1.0), (1, 2.0)])


@pytest.mark.parametrize(
    ("value", "target", "met"),
    [
        (0.99, "< 1.0", True),
        (1.0, "< 1.0", False),
        (10_000, ">= 10000", True),
        (9_999, ">= 10000", False),
        (5, "", None),
    ],
)
def test_a_target_is_met_or_missed(value: float, target: str, met: bool | None) -> None:
    assert Figure(name="x", value=value, unit="", target=target).met is met


def test_a_ratio_needs_something_beside_it() -> None:
    assert Figure(name="x", value=3, unit="", beside=2).ratio == 1.5
    assert Figure(name="x", value=3, unit="").ratio is None
    assert Figure(name="x", value=3, unit="", beside=0).ratio is None
