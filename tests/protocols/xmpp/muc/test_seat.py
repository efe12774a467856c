"""A seat: one question at a time, and an answer or none."""

import asyncio

import pytest

from bridge.model import Unavailable
from protocols.xmpp.config import XmppConfig
from protocols.xmpp.decode import Failure
from protocols.xmpp.muc.seat import Answer, Seat
from protocols.xmpp.muc.wire import Wire
from tests.protocols.xmpp.bridge import Bridge, person


class Paper:
    """A stream that only takes."""

    def __init__(self) -> None:
        self.written: list[str] = []

    def post(self, stanza: str) -> None:
        self.written.append(stanza)


def wire(**settings: float) -> Wire:
    config = XmppConfig(jid="bridge.localhost", secret="secret", **settings)  # type: ignore[arg-type]
    return Wire(config, Paper(), Bridge())  # type: ignore[arg-type]


@pytest.mark.parametrize("answer", [Answer("bob"), Answer(failure=Failure("conflict"))])
async def test_a_question_ends_with_its_answer(answer: Answer) -> None:
    seat = Seat(person("bob"), "bob@bridge.localhost/puppet")
    asking = asyncio.create_task(seat.ask(wire(), "bob", "<presence/>"))
    await asyncio.sleep(0)
    assert seat.asked == "bob"
    seat.hear(answer)
    seat.hear(Answer("too late"))
    assert await asking == answer
    assert seat.asked == ""


async def test_a_room_that_does_not_answer_is_given_up() -> None:
    seat = Seat(person("bob"), "bob@bridge.localhost/puppet")
    with pytest.raises(Unavailable, match="does not answer"):
        await seat.ask(wire(patience=1), "bob", "<presence/>")
    asking = asyncio.create_task(seat.ask(wire(), "bob", "<presence/>"))
    await asyncio.sleep(0)
    seat.give_up("out of reach")
    with pytest.raises(Unavailable, match="out of reach"):
        await asking


async def test_entering_can_be_stopped() -> None:
    seat = Seat(person("bob"), "bob@bridge.localhost/puppet")
    seat.cancel()
    seat.entering = asyncio.create_task(asyncio.sleep(60))
    seat.cancel()
    await asyncio.gather(seat.entering, return_exceptions=True)
    assert seat.entering.cancelled()
