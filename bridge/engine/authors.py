"""Tells people what did not become of what they said in another room."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from bridge.core.decide import Notice
from bridge.engine.context import Context
from bridge.model import Event, MessageSent, RoomRef, UserRef
from bridge.store import messages

if TYPE_CHECKING:
    from bridge.engine.outbox import Outbox

_MOST = 2000
"""Messages of a span whose authors are looked for."""


async def refusal(
    context: Context, number: int, room: RoomRef, address: str, reason: str
) -> Notice | None:
    """Say that a room has refused an event."""
    event = await context.recall(number)
    author = getattr(event, "author", None)
    if event is None or author is None:
        return None
    place = context.words.place(room, address)
    if isinstance(event, MessageSent):
        text = context.words.refused(place, reason)
        return Notice(event.room, author.user, text, event.ids)
    return Notice(event.room, author.user, context.words.not_changed(place, reason))


async def clear(context: Context, outboxes: Collection["Outbox"]) -> int:
    """Drop all that waits for these rooms and tell those whose messages it was; return how many.

    It is dropped and they are told in one transaction.
    """
    events: dict[int, Event] = {}
    for outbox in outboxes:
        events.update(await _waiting(context, outbox))
    dropped, notices = 0, list[Notice]()
    for outbox in outboxes:
        span = outbox.missed.span
        numbers = {*outbox.events(), *(n for n in events if span.first <= n <= span.last)}
        notices += _cleared(context, outbox, [events[n] for n in sorted(numbers & events.keys())])
        dropped += outbox.clear()
    for notice in notices:  # after all is dropped: one may go to a room that was just cleared
        context.notify(notice)
    return dropped


async def _waiting(context: Context, outbox: "Outbox") -> Mapping[int, Event]:
    found = {number: await context.recall(number) for number in outbox.events()}
    if span := outbox.missed.span if outbox.missed else None:
        reader = context.store.reader
        stored = await messages.missed(reader, outbox.number, span.first, span.last, _MOST)
        found.update((one.id, one.event) for one in stored)
    return {number: event for number, event in found.items() if isinstance(event, MessageSent)}


def _cleared(context: Context, outbox: "Outbox", events: Sequence[Event]) -> list[Notice]:
    said: Counter[tuple[RoomRef, UserRef]] = Counter(
        (event.room, event.author.user)
        for event in events
        if isinstance(event, MessageSent) and event.room != outbox.room
    )
    place = context.words.place(outbox.room, outbox.address)
    return [
        Notice(room, user, context.words.cleared(place, count))
        for (room, user), count in said.items()
    ]
