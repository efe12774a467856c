"""Carrying out commands: which ghost speaks, what the homeserver answered, what that means."""

import logging
import time
from typing import Any

import msgspec
from mautrix.errors import MatrixRequestError, MForbidden, MTooLarge

from bridge.model import (
    Account,
    Command,
    CopyConfirmed,
    Delivered,
    Rejected,
    RoomRef,
    Send,
    SetTopic,
    Unavailable,
)
from protocols.matrix import encode
from protocols.matrix.client import error_code, segment, words
from protocols.matrix.puppets import DEVICE
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site
from protocols.matrix.timeline import Own

log = logging.getLogger(__name__)

_REMEMBERED = 12 * 3600.0
"""Seconds for which a homeserver knows the transactions of a device; Synapse keeps them a day."""
_PAGES = 3


class Delivery:
    """Sends what the bridge asks for, each part once."""

    def __init__(self, site: Site, renderer: Renderer, own: Own):
        self._site = site
        self._renderer = renderer
        self._own = own
        self.looked_back = 0

    async def carry_out(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Send the parts from ``done`` on; see ``Network.deliver``."""
        room = self._room(command.room)
        ids: list[tuple[str, ...]] = []
        for number in range(done, len(parts)):
            event_id = await self._known(command, number, room)
            if event_id is None:
                event_id = await self._send(command, parts[number], number, room)
            if number < len(parts) - 1:
                self._confirm(command, number, event_id)
            ids.append((event_id,))
        return Delivered(tuple(ids))

    def _confirm(self, command: Command, number: int, event_id: str) -> None:
        confirmed = CopyConfirmed(room=command.room, key=command.key, part=number, ids=(event_id,))
        self._site.host.report(confirmed)

    def _room(self, ref: RoomRef) -> Room:
        room = self._site.rooms.get(ref.id)
        if room is None:
            raise Rejected("the room is not linked any more")
        if room.refused:
            raise Rejected(room.detail)
        if not room.up:
            raise Unavailable(room.detail)
        return room

    async def _send(self, command: Command, part: str, number: int, room: Room) -> str:
        mark = (command.key, number)
        self._own.expected.add(mark)
        try:
            if isinstance(command, SetTopic):
                event_id = await self._topic(command, part, room)
            elif isinstance(command, Send):
                event_id = await self._speak(command, part, number, room)
            else:
                event_id = await self._put(room, encode.read_part(part), command, number, {})
        except MTooLarge as error:
            raise Rejected(f"too long for Matrix: {words(error)}") from error
        except MatrixRequestError as error:
            raise self._refusal(room, error) from error
        finally:
            self._own.expected.discard(mark)
        self._own.note(command.key, number, event_id)
        return event_id

    def _refusal(self, room: Room, error: MatrixRequestError) -> Exception:
        """Tell a refusal of what was said from one of the bot, which may be in the room again."""
        if error_code(error) == "M_UNRECOGNIZED":
            return Unavailable(f"the homeserver does not understand us: {words(error)}")
        return Rejected(f"{self._site.config.server_name} says: {words(error)}")

    async def _speak(self, command: Send, part: str, number: int, room: Room) -> str:
        """Speak as the person's ghost. If the homeserver refuses it, it may have been put out, or
        be unknown to a homeserver that began anew: make sure of it once, then take the answer."""
        mxid = await self._voice(room, command.speaker)
        if mxid is None:
            return await self._relay(command, number, room)
        try:
            return await self._say(room, part, command, number, mxid)
        except MatrixRequestError as error:
            if not isinstance(error, MForbidden) and "DEVICE" not in error_code(error):
                raise
            log.info("%s: %s was refused: %s", room.ref, mxid, words(error))
        mxid = await self._site.puppets.renew(room, command.speaker)
        if mxid is None:
            return await self._relay(command, number, room)
        return await self._say(room, part, command, number, mxid)

    async def _voice(self, room: Room, speaker: Account) -> str | None:
        if room.policy.puppets == "off":
            return None
        return await self._site.puppets.enter(room, speaker)

    async def _say(self, room: Room, part: str, command: Send, number: int, mxid: str) -> str:
        spoken = self._site.puppets.query(mxid)
        return await self._put(room, encode.read_part(part), command, number, spoken)

    async def _relay(self, command: Send, number: int, room: Room) -> str:
        template = room.policy.relay or self._site.config.relay
        said, pill = self._renderer.addressed(command), self._renderer.pill(room)
        part = encode.message(said, pill, self._site.bot, template)
        return await self._put(room, encode.read_part(part), command, number, {})

    async def _put(
        self, room: Room, part: encode.Part, command: Command, number: int, spoken: dict[str, str]
    ) -> str:
        query = spoken or self._site.puppets.query(self._site.bot)
        if isinstance(command, Send):
            query["ts"] = str(int(min(command.time, time.time()) * 1000))
        transaction = encode.transaction_id(command.key, number)
        path = f"{room.path}/send/{segment(part.type)}/{transaction}"
        answer = await self._site.homeserver.call("PUT", path, bytes(part.content), query)
        return _event_id(answer)

    async def _topic(self, command: SetTopic, text: str, room: Room) -> str:
        """Set the topic as the person who changed it if their ghost may, else as the bot."""
        part = encode.read_part(text)
        path = f"{room.path}/state/m.room.topic/"
        mxid = command.speaker and self._site.ghosts.mxid(command.speaker.user)
        if mxid and mxid in room.ghosts and room.may(mxid, "m.room.topic"):
            query = self._site.puppets.query(mxid)
        elif room.may(self._site.bot, "m.room.topic"):
            query = {}
        else:
            raise Rejected(f"{self._site.bot} has no power to change the topic of the room")
        return _event_id(await self._site.homeserver.call("PUT", path, bytes(part.content), query))

    async def _known(self, command: Command, number: int, room: Room) -> str | None:
        """Find what an earlier attempt sent. A homeserver that knows the device repeats its answer
        to a repeated transaction; for all other cases the room itself is asked."""
        if isinstance(command, SetTopic):
            return None
        event_id = self._own.get(command.key, number)
        if event_id or not command.doubtful:
            return event_id
        if isinstance(command, Send) and time.time() - command.time < _REMEMBERED:
            mxid = await self._voice(room, command.speaker)
            if mxid and self._site.puppets.query(mxid).get("device_id") == DEVICE:
                return None
        return await self._look_back(command, number, room)

    async def _look_back(self, command: Command, number: int, room: Room) -> str | None:
        """Read the room backwards, a few pages of our own events, for the command's mark."""
        self.looked_back += 1
        senders = [self._site.bot]
        if isinstance(command, Send):
            senders.append(self._site.ghosts.mxid(command.speaker.user))
        found = msgspec.json.encode({"senders": senders, "lazy_load_members": True}).decode()
        query = {"dir": "b", "limit": "100", "filter": found}
        for _ in range(_PAGES):
            try:
                page = await self._site.homeserver.call("GET", f"{room.path}/messages", None, query)
            except MatrixRequestError as error:
                log.warning("%s: cannot look back: %s", room.ref, words(error))
                return None
            for event in page.get("chunk") or ():
                if _carries(event, command.key, number):
                    return str(event.get("event_id"))
            if not page.get("chunk") or not isinstance(page.get("end"), str):
                return None
            query["from"] = page["end"]
        return None


def _event_id(answer: dict[str, Any]) -> str:
    event_id = answer.get("event_id")
    if not isinstance(event_id, str):
        raise Unavailable("the homeserver's answer names no event")
    return event_id


def _carries(event: object, key: str, number: int) -> bool:
    content = event.get("content") if isinstance(event, dict) else None
    if not isinstance(content, dict):
        return False
    return content.get(encode.KEY) == key and content.get(encode.PART, 0) == number
