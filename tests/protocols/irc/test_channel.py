"""Topics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.model import RoomRef
from protocols.irc.channel import Channel, fit_topic
from protocols.irc.identity import People


@pytest.mark.parametrize(
    ("topic", "most", "fitting"),
    [
        ("short", 390, "short"),
        ("two\nlines\r\nand\ttab", 390, "two lines and tab"),
        ("\x02bold", 390, "bold"),
        ("é" * 10, 13, "ééééé…"),
        ("", 390, ""),
    ],
)
def test_a_topic_is_made_to_fit(topic: str, most: int, fitting: str) -> None:
    assert fit_topic(topic, most) == fitting


@given(st.text(), st.integers(3, 400))
def test_a_topic_always_fits_and_stays_as_it_is_when_fitted_again(topic: str, most: int) -> None:
    fitted = fit_topic(topic, most)
    assert len(fitted.encode("utf-8", "replace")) <= most
    assert "\n" not in fitted
    assert fit_topic(fitted, most) == fitted


def test_a_topic_is_told_once() -> None:
    channel = Channel(RoomRef("net", "#c"), "#c", People("net", "run"))
    event = channel.topic_is("\x02new", 5.0)
    assert event is not None
    assert (event.topic, event.time) == ("new", 5.0)
    assert channel.topic_is("\x02new", 6.0) is None
