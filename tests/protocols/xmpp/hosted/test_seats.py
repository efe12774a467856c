"""Seats, and what is remembered of them."""

from bridge.model import UserRef
from protocols.xmpp.hosted import seats, stanza
from protocols.xmpp.hosted.seats import Client, Seat, SeatsKept, Wish
from tests.listening import Memory


async def test_seats_are_remembered_by_client() -> None:
    memory = Memory()
    kept = SeatsKept(memory)
    await kept.add("#c%net@gw", "anna@x/a phone", "anna")
    await kept.add("#d%net@gw", "anna@x/1", "annika")
    await kept.remove("#d%net@gw", "anna@x/1")
    assert await kept.left_over() == [("#c%net@gw", "anna@x/a phone", "anna")]


def test_a_seat_is_empty_when_nobody_waits_for_it_either() -> None:
    seat = Seat(UserRef("xmpp", "anna@x"), "anna")
    assert seat.is_empty
    seat.knocking["anna@x/1"] = Wish("anna")
    assert not seat.is_empty
    seat.knocking.clear()
    seat.clients["anna@x/1"] = Client("anna@x/1", seat)
    assert not seat.is_empty
    assert (seat.account.name, seat.account.about) == ("anna", "anna@x")


def test_what_is_kept_for_a_client_has_a_limit() -> None:
    client = Client("anna@x/1", Seat(UserRef("xmpp", "anna@x"), "anna"))
    text = stanza.message("a", "groupchat", "", "")
    client.keep("1", text)
    assert client.waiting is None
    client.waiting = []
    for n in range(seats.MOST_WAITING + 10):
        client.keep(str(n), text)
    assert len(client.waiting) == seats.MOST_WAITING
