"""Counting is cheap and every network has figures of its own."""

from prometheus_client import REGISTRY

from bridge import metrics


def test_a_network_keeps_its_figures() -> None:
    assert metrics.of("one") is metrics.of("one")
    assert metrics.of("one") is not metrics.of("two")


def test_figures_of_networks_are_apart() -> None:
    metrics.of("left").delivered += 1
    read = REGISTRY.get_sample_value
    assert read("tercet_commands_delivered_total", {"network": "left"}) == 1
    metrics.of("right").received += 2
    assert read("tercet_commands_delivered_total", {"network": "right"}) == 0
    assert read("tercet_events_received_total", {"network": "right"}) == 2


def test_delays_are_counted_up_to_each_limit() -> None:
    for seconds in (0.01, 0.2, 0.2, 9999):
        metrics.of("slow").lagged(seconds)
    counted = {
        limit: REGISTRY.get_sample_value(
            "tercet_delivery_seconds_bucket", {"network": "slow", "le": limit}
        )
        for limit in ("0.01", "0.1", "0.25", "3600", "+Inf")
    }
    assert counted == {"0.01": 1, "0.1": 1, "0.25": 3, "3600": 3, "+Inf": 4}
    total = REGISTRY.get_sample_value("tercet_delivery_seconds_sum", {"network": "slow"})
    assert total == 0.01 + 0.2 + 0.2 + 9999
