"""Saying things in a room, and knowing that they were said."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.model import (
    Account,
    CopyConfirmed,
    Delivered,
    Edit,
    React,
    Rejected,
    Retract,
    Say,
    Send,
    SetTopic,
    Tell,
    Unavailable,
)
from protocols.xmpp import encode
from protocols.xmpp.decode import Failure
from protocols.xmpp.muc import history, wording
from protocols.xmpp.muc.evidence import Refused
from protocols.xmpp.muc.puppets import Barred
from protocols.xmpp.muc.seat import Seat

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room

log = logging.getLogger(__name__)

_LATER = frozenset(
    {
        "internal-server-error",
        "recipient-unavailable",
        "remote-server-not-found",
        "remote-server-timeout",
        "resource-constraint",
        "service-unavailable",
    }
)
_SLACK = 120.0
"""Seconds by which the room's clock may differ from ours."""


Turn = tuple[Seat | None, str]
"""Who of ours speaks (None: the listener), and the children of the message."""


# --- saying --------------------------------------------------------------------------------------


async def send(room: "Room", command: Send, parts: tuple[str, ...], done: int) -> Delivered:
    """Say it as the person's puppet, or through the relay if they have none here."""
    pieces = wording.pieces(command)
    ids = room.evidence.seen(room.wire.marks.make(room.ref.id, command.key)) if done else None
    said: list[tuple[str, ...]] = []
    for part in range(done, len(parts)):
        first = ids or ()

        def choose(seat: Seat | None, part: int = part, first: tuple[str, ...] = first) -> Turn:
            payload = parts[part] if seat else room.relayed(pieces[part])
            is_said_of_it = part and not pieces[part].content.attached
            nick = seat.nick if seat else room.entrance.nick
            return seat, payload + (
                wording.after(room.ref.id, nick, first) if is_said_of_it else ""
            )

        said.append(await take_turn(room, command, command.speaker, choose, part=part))
        ids = ids or said[0]
        if part < len(parts) - 1:
            confirmed = CopyConfirmed(room=room.ref, key=command.key, part=part, ids=said[-1])
            room.wire.host.report(confirmed)
    room.signs.spoke(command.speaker.user)
    if command.thread and said and said[0]:
        # Whoever answers in the thread will only name it.
        said[0] = (*said[0], f"{wording.THREAD}{wording.thread_name(command.thread)}")
    return Delivered(tuple(said))


async def take_turn(
    room: "Room",
    command: Send | Edit | Retract | React,
    person: Account,
    choose: Callable[[Seat | None], Turn],
    suffix: str = "",
    part: int = 0,
) -> tuple[str, ...]:
    """Let an occupant of ours say something for a person, and return the ids it came back with.

    ``choose`` is given the person's seat, or None if they have none here, and says which of our
    occupants speaks (None: the listener), and what; nothing to say is said by nobody.
    ``suffix`` or ``part`` tells apart several messages for one command; parts are worth a
    ``CopyConfirmed`` if they turn up late.
    """
    key = f"{command.key} part {part}" if part else f"{command.key}{suffix}"
    attr_id = room.wire.marks.make(room.ref.id, key)
    since = command.time if isinstance(command, Send | Edit) else time.time()
    if command.doubtful and (ids := await _search(room, attr_id, since)) is not None:
        return ids
    for _ in range(2):
        seat, payload = choose(await _seat(room, person))
        if not payload:
            return ()
        sender = seat.jid if seat else room.listener
        if seat:
            seat.speaking += 1
        try:
            return await _say(room, sender, "" if suffix else command.key, attr_id, payload, part)
        except Refused as refused:
            if not _is_outside(refused.failure):
                raise verdict(refused.failure) from None
            room.fell_out(seat)
        finally:
            if seat:
                seat.speaking -= 1
                await room.puppets.settle(seat)
    raise Unavailable(f"{room.ref.id} says that we are not in it")


async def say(room: "Room", command: Say, parts: tuple[str, ...], done: int) -> Delivered:
    """Say it as the bridge itself."""
    if done >= len(parts):
        return Delivered()
    attr_id = room.wire.marks.make(room.ref.id, command.key)
    room.require_up()
    if command.doubtful and (ids := await _search(room, attr_id, time.time())) is not None:
        return Delivered((ids,))
    try:
        return Delivered((await _say(room, room.listener, command.key, attr_id, parts[0]),))
    except Refused as refused:
        if _is_outside(refused.failure):
            room.fell_out(None)
        raise verdict(refused.failure) from None


async def set_topic(room: "Room", command: SetTopic) -> Delivered:
    """Change the subject: as the person's puppet, or as ourselves where puppets may not."""
    room.require_up()
    topic = encode.clean(command.topic)
    if room.subject.text == topic:
        return Delivered(((),))
    attr_id = room.wire.marks.make(room.ref.id, command.key)
    puppet = room.puppets.jid(command.speaker.user) if command.speaker else None
    if puppet:
        try:
            return await _set_subject(room, puppet, attr_id, topic)
        except Refused as refused:
            if _is_outside(refused.failure) and (seat := room.puppets.by_jid.get(puppet)):
                room.fell_out(seat)
    try:
        return await _set_subject(room, room.listener, attr_id, topic)
    except Refused as refused:
        if _is_outside(refused.failure):
            room.fell_out(None)
        raise verdict(refused.failure) from None


async def _set_subject(room: "Room", sender: str, attr_id: str, topic: str) -> Delivered:
    changed = room.subject.expect(topic)
    refusal = room.evidence.expect(attr_id)
    try:
        room.wire.post(encode.subject(sender, room.ref.id, attr_id, topic))
        await asyncio.wait(
            (changed, refusal),
            timeout=room.wire.config.patience,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if refusal.done():
            refusal.result()
        if changed.done():
            changed.result()
            return Delivered(((),))
        raise Unavailable(f"{room.ref.id} did not answer the change of its subject")
    finally:
        room.evidence.forget(attr_id)
        room.subject.abandon(topic)


async def tell(room: "Room", command: Tell) -> Delivered:
    """Write to one occupant in private. Nothing comes back from that."""
    room.require_up()
    nick = room.occupants.nick(command.user)
    if nick is None:
        raise Rejected("they are not in the room any more")
    attr_id = room.wire.marks.make(room.ref.id, command.key)
    text = encode.cut(encode.clean(command.text), room.wire.config.max_bytes, "")
    await room.wire.component.writable()
    room.wire.post(encode.private(room.listener, f"{room.ref.id}/{nick}", attr_id, text))
    return Delivered(((),))


async def _seat(room: "Room", person: Account) -> Seat | None:
    """Return who speaks: the person's seat, or None for the relay."""
    room.require_up()
    if not room.has_puppets:
        return None
    try:
        return await room.puppets.seat(person)
    except Barred:
        return None


async def _say(
    room: "Room", sender: str, key: str, attr_id: str, payload: str, part: int = 0
) -> tuple[str, ...]:
    """Send a message and return the ids it came back with."""
    await room.wire.component.writable()
    room.require_up()
    reflected = room.evidence.expect(attr_id, key, part)
    try:
        room.wire.post(encode.groupchat(sender, room.ref.id, attr_id, payload))
        async with asyncio.timeout(room.wire.config.patience):
            return await reflected
    except TimeoutError:
        room.suspect()
        raise Unavailable(f"{room.ref.id} has not shown us our message") from None
    finally:
        room.evidence.forget(attr_id)


def _is_outside(failure: Failure) -> bool:
    """Tell whether the error means that the sender is not in the room (XEP-0045 §7.4)."""
    return failure.condition == "not-acceptable"


def verdict(failure: Failure) -> Exception:
    """Say whether what the room refused may be asked for again later."""
    words = f"the room refused it: {failure}"
    if failure.kind == "wait" or failure.condition in _LATER or _is_outside(failure):
        return Unavailable(words)
    return Rejected(words)


# --- looking for what may have been said ---------------------------------------------------------


async def _search(room: "Room", attr_id: str, since: float) -> tuple[str, ...] | None:
    """Look for a copy in all that we have heard, and then in the archive."""
    room.require_up()
    if room.evidence.sent(attr_id):
        # Sent in this process, perhaps still under way: what the room answers now comes after it.
        await room.self_ping()
    ids = room.evidence.seen(attr_id)
    if ids is None and room.history.reach > since and history.MAM in room.features:
        await _read_archive(room, attr_id, since - _SLACK)
        ids = room.evidence.seen(attr_id)
    return ids


async def _read_archive(room: "Room", attr_id: str, since: float) -> None:
    """Read the end of the archive backwards, noting every copy of ours."""
    async with room.pages.lock:
        if room.evidence.seen(attr_id) or room.history.reach <= since:
            return
        before = ""
        for _ in range(history.PAGES):
            last, before = await room.read_page(before)
            times = [delay for _, found in room.pages.found for _, delay in found.delays[-1:]]
            for archive_id, found in room.pages.found:
                room.hearing.recognise(found, archive_id)
            oldest = min(times, default=since)
            if last or oldest < since:
                room.history.reach = min(room.history.reach, since)
                return
            room.history.reach = min(room.history.reach, oldest)
