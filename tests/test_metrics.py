"""Counting is cheap and every network has figures of its own."""

from bridge import metrics


def test_a_network_keeps_its_figures() -> None:
    assert metrics.of("one") is metrics.of("one")
    assert metrics.of("one") is not metrics.of("two")


def test_figures_of_networks_are_apart() -> None:
    metrics.of("left").delivered.inc()
    metrics.of("left").lag.observe(0.2)
    assert metrics.of("left").delivered._value.get() == 1
    assert metrics.of("right").delivered._value.get() == 0
