"""Typing and read marks: passed on at once to where the person is seen, and never kept."""

from collections.abc import Iterator

from msgspec import structs

from bridge.engine.outbox import Outbox
from bridge.engine.portal import Portal
from bridge.model import Capabilities, ReadUpTo, Typing


def pass_on(portal: Portal, sign: Typing | ReadUpTo) -> None:
    """Show a sign in the other rooms of a portal, as far as they can show it."""
    if isinstance(sign, ReadUpTo):
        _read(portal, sign)
        return
    for outbox, can in _seats(portal, sign):
        if can.typing:
            outbox.network.show(structs.replace(sign, room=outbox.room))


def _read(portal: Portal, sign: ReadUpTo) -> None:
    numbers = (portal.originals.number(sign.room, native) for native in sign.ids)
    number = next((number for number in numbers if number), 0)
    for outbox, can in _seats(portal, sign) if number else ():
        ids = tuple(native for _, native in portal.originals.ids(outbox.room, number))
        if ids and can.read_marks:
            outbox.network.show(structs.replace(sign, room=outbox.room, ids=ids))


def _seats(portal: Portal, sign: Typing | ReadUpTo) -> Iterator[tuple[Outbox, Capabilities]]:
    """Yield the rooms where the person has a puppet, and what they can show."""
    for room, outbox in portal.outboxes.items():
        seated = room != sign.room and portal.people.is_seated(sign.account.user, room)
        if seated and outbox.up:
            yield outbox, outbox.network.capabilities(room)
