"""One person's seats."""

import asyncio

import pytest

from bridge.model import Account, Entered, Rejected, RoomRef, UserRef
from protocols.irc.seats.sitting import Seat, Sitter
from protocols.irc.view import View

ROOM = RoomRef("net", "#c")


async def test_whoever_waits_for_a_seat_is_told_once() -> None:
    seat = Seat(View("net").open_channel(ROOM, "#c"), "")
    seat.entered()
    waiting = seat.entering = asyncio.get_running_loop().create_future()
    seat.entered(Rejected("no", "banned"))
    seat.entered()
    with pytest.raises(Rejected, match="no"):
        await waiting


def test_the_answer_tells_the_topic_without_its_colours() -> None:
    channel = View("net").open_channel(ROOM, "#c")
    sitter = Sitter(Account(UserRef("xmpp", "a@b"), "anna"), "irc.example.net")
    assert sitter.answer(Seat(channel, "")) == Entered("anna", ROOM)
    channel.topic, channel.topic_by, channel.topic_at = "\x02all\x02 about", "bob", 7.0
    assert sitter.answer(Seat(channel, "")) == Entered("anna", ROOM, "all about", "bob", 7.0)
