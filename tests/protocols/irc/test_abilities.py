"""What a channel can carry besides lines."""

import pytest

from bridge.model import Capabilities
from protocols.irc.abilities import abilities
from protocols.irc.caps import REDACTION
from protocols.irc.modes import Traits

TAGS = frozenset(("message-tags",))


@pytest.mark.parametrize(
    ("server", "caps", "answers"),
    [
        (Traits(), frozenset[str](), False),
        (Traits(), TAGS, True),
        (Traits(denied_tags=("reply",)), TAGS, True),
        (Traits(denied_tags=("reply", "draft/reply")), TAGS, False),
        (Traits(denied_tags=("*",)), TAGS, False),
    ],
)
def test_answers_need_tags_that_are_passed_on(
    server: Traits, caps: frozenset[str], answers: bool
) -> None:
    can = abilities(server, caps, True, ())
    assert can.reply_tags is answers
    assert not can.replies


def test_a_server_without_capabilities_carries_lines() -> None:
    assert abilities(Traits(), frozenset(), True, ("o",)) == Capabilities()


def test_reactions_need_a_connection_of_ones_own() -> None:
    assert abilities(Traits(), TAGS, True, ()).reactions
    assert not abilities(Traits(), TAGS, False, ()).reactions
    assert not abilities(Traits(denied_tags=("draft/react",)), TAGS, True, ()).reactions
    assert not abilities(Traits(denied_tags=("*", "-draft/react")), TAGS, True, ()).reactions


def test_typing_is_never_shown_by_the_relay() -> None:
    assert abilities(Traits(), TAGS, True, ()).typing
    assert not abilities(Traits(), TAGS, False, ()).typing
    assert not abilities(Traits(), frozenset(), True, ()).typing
    assert not abilities(Traits(denied_tags=("typing",)), TAGS, True, ()).typing


def test_redactions_need_the_capability_and_those_of_others_an_operator() -> None:
    server, caps = Traits(prefixes="~@%+", prefix_modes="qohv"), frozenset((REDACTION,))
    assert abilities(server, caps, False, "v").retractions
    assert not abilities(server, caps, False, "hv").moderation
    assert abilities(server, caps, False, "q").moderation
    assert not abilities(server, frozenset(), False, ("o",)).moderation
