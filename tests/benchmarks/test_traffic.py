"""Counting what was said and when it came."""

import pytest

from tests.benchmarks import traffic
from tests.benchmarks.traffic import Heard, speak
from tests.servers.clients import Said, Transcript


def echo(*ears: Transcript[Said]) -> traffic.Say:
    def say(text: str) -> None:
        for ear in ears:
            ear.add(Said("room", "tercet", f"<anna> {text}"))

    return say


def test_latency_is_counted_message_by_message() -> None:
    heard = Heard(said={0: 1.0, 1: 2.0}, came={"irc": {1: 2.5, 0: 4.0}})
    assert sorted(heard.latencies("irc")) == [0.5, 3.0]


def test_a_rate_is_counted_from_the_first_word_to_the_last_arrival() -> None:
    heard = Heard(said={0: 10.0, 1: 10.1}, came={"irc": {0: 10.5, 1: 12.0}})
    assert heard.rate("irc") == 1.0


async def test_every_message_is_heard_on_every_side() -> None:
    near, far = Transcript[Said](), Transcript[Said]()
    near.add(Said("room", "anna", "word 0"))  # of an earlier run
    heard = await speak("word", echo(near, far), {"near": near, "far": far}, 20)
    assert heard.said.keys() == heard.came["near"].keys() == heard.came["far"].keys()
    assert all(wait >= 0 for ear in heard.came for wait in heard.latencies(ear))


async def test_a_pace_is_kept() -> None:
    ear = Transcript[Said]()
    heard = await speak("word", echo(ear), {"ear": ear}, 5, 50)
    times = list(heard.said.values())
    assert times[-1] - times[0] >= 0.079


async def test_what_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traffic, "_PATIENCE", 0.05)
    deaf = Transcript[Said]()
    with pytest.raises(TimeoutError):
        await speak("word", echo(), {"deaf": deaf}, 1)
