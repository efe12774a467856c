"""Changing what was said in a room: new versions, retractions, moderation, reactions."""

from typing import TYPE_CHECKING

from bridge.model import Delivered, Edit, React, Rejected, Retract
from protocols.xmpp import about, encode
from protocols.xmpp.component import Failed
from protocols.xmpp.muc import reading, speech, wording
from protocols.xmpp.muc.seat import Seat

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room


class _Stranger(Exception):
    """None of our occupants is the one that said it."""


async def edit(room: "Room", command: Edit, parts: tuple[str, ...], done: int) -> Delivered:
    """Replace a message by a new version, as the occupant that said it (XEP-0308).

    If that occupant is no longer who it was, nobody would believe the correction: then the new
    version is said as a message of its own, marked as one. What is said of a file is a message by
    itself: if there was nothing said yet, it is added as an answer to the file.
    """
    if done >= len(parts):
        return Delivered()
    piece, number = changed_piece(command)
    files = command.target[0] if number and command.target else ()
    sender, attr_id = _said_by(command.target[number:])

    def choose(seat: Seat | None) -> speech.Turn:
        nick = seat.nick if seat else room.entrance.nick
        of_it = wording.after(room.ref.id, nick, files)
        payload = parts[0] if seat else room.relayed(piece)
        if number and number >= len(command.target):
            return seat, payload + of_it
        if attr_id and room.sender(seat) == sender:
            return seat, payload + of_it + encode.replace(attr_id)
        if attr_id and room.sender(None) == sender:
            return None, room.relayed(piece) + of_it + encode.replace(attr_id)
        anew = wording.said_anew(piece)
        return seat, wording.puppet_payload(anew, room.place) if seat else room.relayed(anew)

    return Delivered((await speech.take_turn(room, command, command.speaker, choose),))


def changed_piece(command: Edit) -> tuple[Edit, int]:
    """Return what is to be said anew, and which part of the copy it replaces: what is said of files
    is the part after them. Of the files themselves only the first can be another one.
    """
    first, *more = wording.pieces(command)
    assert isinstance(first, Edit)
    texts = [piece for piece in more if isinstance(piece, Edit) and not piece.content.attached]
    if texts:
        return texts[0], 1 + more.index(texts[0])
    return first, 0 if first.content.attached else max(len(command.target) - 1, 0)


async def retract(room: "Room", command: Retract, parts: tuple[str, ...], done: int) -> Delivered:
    """Take a message back, with all its versions: as its author, or as a moderator."""
    if done >= len(parts):
        return Delivered()
    targets = [id_ for ids in command.target if (id_ := reading.native(ids, "sid:"))]
    if not targets:
        raise Rejected("the room has no id for this message that it could be taken back by")
    if command.own and not (command.moderated and room.can_moderate):
        try:
            return Delivered((await _take_back(room, command, targets),))
        except _Stranger as stranger:
            if not room.can_moderate:
                raise Rejected(str(stranger)) from None
    elif not room.can_moderate:
        jid = room.listener.partition("/")[0]
        raise Rejected(f"only moderators can remove messages in {room.ref.id}: make {jid} one")
    for stanza_id in targets:
        await _moderate(room, stanza_id, command.reason)
    return Delivered(((),))


async def react(room: "Room", command: React, parts: tuple[str, ...], done: int) -> Delivered:
    """Set the reactions of a person to a message (XEP-0444). One relay cannot react for many:
    for a person without a puppet it tells in words.
    """
    if done >= len(parts):
        return Delivered()
    stanza_id = reading.native(command.target, "sid:")
    if not stanza_id:
        raise Rejected("the room has no id for the message that this is a reaction to")

    def choose(seat: Seat | None) -> speech.Turn:
        if seat:
            return seat, encode.reactions(stanza_id, command.all)
        if not command.added:
            return None, ""
        return None, wording.relayed_reaction(command, stanza_id)

    return Delivered((await speech.take_turn(room, command, command.speaker, choose),))


def _said_by(target: tuple[tuple[str, ...], ...]) -> tuple[str, str]:
    """Return whose the copy is, and its attr-id (as ``reading.ids`` writes them)."""
    sender, _, attr_id = reading.native(target[0] if target else (), "attr:").rpartition("/")
    return sender, attr_id


async def _take_back(room: "Room", command: Retract, targets: list[str]) -> tuple[str, ...]:
    """Let the occupant that said it take it back; the room believes nobody else (XEP-0424 §5).

    Only the first version's retraction has words for clients that do not know this.
    """
    sender, _ = _said_by(command.target)
    ids: tuple[str, ...] = ()
    for number, stanza_id in enumerate(targets):
        payload = encode.retract(stanza_id, told=number == 0)

        def choose(seat: Seat | None, payload: str = payload) -> speech.Turn:
            if seat and room.sender(seat) == sender:
                return seat, payload
            if room.sender(None) == sender:
                return None, payload
            raise _Stranger(f"{room.ref.id} only lets the occupant that said it take it back")

        suffix = f" {number}" if number else ""
        said = await speech.take_turn(room, command, command.author, choose, suffix)
        ids = ids or said
    return ids


async def _moderate(room: "Room", stanza_id: str, reason: str) -> None:
    """Ask the room to remove a message (XEP-0425 §4); it is fine if that has happened already."""
    old = about.MODERATE not in room.features
    request = encode.moderate(stanza_id, reason, old=old)
    try:
        await room.wire.component.ask("set", room.listener, room.ref.id, request)
    except Failed as failed:
        if failed.failure.condition != "item-not-found":
            raise speech.verdict(failed.failure) from None
