"""Carrying out commands: which ghost speaks, what the homeserver answered, what that means."""

import logging
import time

import msgspec
from mautrix.errors import MatrixRequestError, MTooLarge

from bridge.model import (
    Command,
    CopyConfirmed,
    Delivered,
    Edit,
    React,
    Rejected,
    Retract,
    RoomRef,
    Send,
    SetTopic,
    Unavailable,
)
from protocols.matrix import encode
from protocols.matrix.amend import Amend
from protocols.matrix.client import error_code, words
from protocols.matrix.puppets import DEVICE
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site
from protocols.matrix.speech import Speech, event_id
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
        self._speech = Speech(site)
        self._amend = Amend(site, renderer, self._speech)
        self.looked_back = 0

    async def carry_out(self, command: Command, parts: tuple[str, ...], done: int) -> Delivered:
        """Send the parts from ``done`` on; see ``Network.deliver``."""
        room = self._room(command.room)
        ids: list[tuple[str, ...]] = []
        for number in range(done, len(parts)):
            event_id = await self._known(command, number, room)
            if event_id is None:
                event_id = await self._send(command, parts[number], number, room)
            if number < len(parts) - 1 and event_id:
                self._confirm(command, number, event_id)
            ids.append((event_id,) if event_id else ())
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
            event_id = await self._carry_out(command, part, number, room)
        except MTooLarge as error:
            raise Rejected(f"too long for Matrix: {words(error)}") from error
        except MatrixRequestError as error:
            raise self._refusal(room, error) from error
        finally:
            self._own.expected.discard(mark)
        if event_id:
            self._own.note(command.key, number, event_id)
        return event_id

    async def _carry_out(self, command: Command, part: str, number: int, room: Room) -> str:
        name = encode.transaction_id(command.key, number)
        match command:
            case Send():
                return await self._speak(command, part, number, room)
            case SetTopic():
                return await self._topic(command, part, room)
            case Edit():
                return await self._amend.edit(command, encode.read_part(part), name, room)
            case React():
                return await self._amend.react(command, encode.read_part(part), name, room)
            case Retract():
                return await self._amend.retract(command, encode.read_part(part), name, room)
            case _:
                return await self._speech.put(room, encode.read_part(part), name, {})

    def _refusal(self, room: Room, error: MatrixRequestError) -> Exception:
        """Tell a refusal of what was said from one of the bot, which may be in the room again."""
        if error_code(error) == "M_UNRECOGNIZED":
            return Unavailable(f"the homeserver does not understand us: {words(error)}")
        return Rejected(f"{self._site.config.server_name} says: {words(error)}")

    async def _speak(self, command: Send, part: str, number: int, room: Room) -> str:
        """Speak as the person's ghost, or through the relay if it cannot be there."""
        made = encode.read_part(part)
        name = encode.transaction_id(command.key, number)

        async def act(spoken: dict[str, str]) -> str:
            return await self._speech.say(room, made, name, spoken, command.time)

        said = await self._speech.as_ghost(room, command.speaker, act)
        return said if said is not None else await self._relay(command, number, room)

    async def _relay(self, command: Send, number: int, room: Room) -> str:
        template = room.policy.relay or self._site.config.relay
        part = encode.read_part(self._renderer.spoken(command, self._site.bot, template)[number])
        name = encode.transaction_id(command.key, number)
        return await self._speech.say(room, part, name, {}, command.time)

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
        return event_id(await self._site.homeserver.call("PUT", path, bytes(part.content), query))

    async def _known(self, command: Command, number: int, room: Room) -> str | None:
        """Find what an earlier attempt sent. A homeserver that knows the device repeats its answer
        to a repeated transaction; for all other cases the room itself is asked."""
        if isinstance(command, SetTopic):
            return None
        event_id = self._own.get(command.key, number)
        if event_id or not command.doubtful or isinstance(command, React | Retract):
            return event_id  # what is done twice of these is the same as once
        if isinstance(command, Send | Edit) and time.time() - command.time < _REMEMBERED:
            mxid = await self._speech.voice(room, command.speaker)
            if mxid and self._site.puppets.query(mxid).get("device_id") == DEVICE:
                return None
        return await self._look_back(command, number, room)

    async def _look_back(self, command: Command, number: int, room: Room) -> str | None:
        """Read the room backwards, a few pages of our own events, for the command's mark."""
        self.looked_back += 1
        senders = [self._site.bot]
        if isinstance(command, Send | Edit):
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


def _carries(event: object, key: str, number: int) -> bool:
    content = event.get("content") if isinstance(event, dict) else None
    if not isinstance(content, dict):
        return False
    return content.get(encode.KEY) == key and content.get(encode.PART, 0) == number
