"""Carrying out what changes an earlier event: edits, retractions, reactions."""

from typing import Any

from mautrix.errors import MatrixRequestError, MForbidden, MNotFound
from msgspec import structs

from bridge.model import Account, Edit, React, Rejected, Retract
from protocols.matrix import encode
from protocols.matrix.client import error_code, segment, words
from protocols.matrix.html import clean
from protocols.matrix.render import Renderer
from protocols.matrix.rooms import Room
from protocols.matrix.site import Site
from protocols.matrix.speech import Speech

_PAGES = 5


class Amend:
    """Does each change as the ghost whose event it is, because nobody else may."""

    def __init__(self, site: Site, renderer: Renderer, speech: Speech):
        self._site = site
        self._renderer = renderer
        self._speech = speech

    async def edit(self, command: Edit, part: encode.Part, name: str, room: Room) -> str:
        """Replace what a message says, as the one who sent it: the ghost, or the relay."""
        original = await self._original(room, command.target[0][0])
        said = max(command.time, encode.replaced_at(original) + 0.001)
        if original.get("sender") == self._site.bot:
            template = room.policy.relay or self._site.config.relay
            part = encode.read_part(self._renderer.spoken(command, self._site.bot, template)[0])
            part = encode.addressing_anew(part, original)
            return await self._speech.put(room, part, name, {}, said)
        mxid, done = self._site.ghosts.mxid(command.speaker.user), None
        if original.get("sender") == mxid:
            part = encode.addressing_anew(part, original)

            async def act(spoken: dict[str, str]) -> str:
                return await self._speech.put(room, part, name, spoken, said)

            done = await self._speech.as_ghost(room, command.speaker, act)
        if done is None:
            raise Rejected("only who sent a message can change it on Matrix, and they are gone")
        return done

    async def _original(self, room: Room, target: str) -> dict[str, Any]:
        try:
            return await self._site.homeserver.get(f"{room.path}/event/{segment(target)}")
        except MNotFound:
            raise Rejected("the message that was edited is not there any more") from None

    async def react(self, command: React, part: encode.Part, name: str, room: Room) -> str:
        """Add a reaction, or take it away. One that is there already is as good as new."""
        target = command.target[0]
        mxid = self._site.ghosts.mxid(command.speaker.user)
        if not command.added:
            copy = part.redacts or await self._annotation(room, target, mxid, command.reaction)
            part = structs.replace(part, redacts=copy)
            return await self._redact(room, part, name, command.speaker) if copy else ""

        async def act(spoken: dict[str, str]) -> str:
            try:
                return await self._speech.put(room, part, name, spoken)
            except MatrixRequestError as error:
                if error_code(error) != "M_DUPLICATE_ANNOTATION":
                    raise
                return await self._annotation(room, target, mxid, command.reaction)

        done = await self._speech.as_ghost(room, command.speaker, act)
        if done is None:
            raise Rejected("a reaction on Matrix needs a ghost, and yours cannot be in the room")
        return done

    async def _annotation(self, room: Room, target: str, mxid: str, key: str) -> str:
        """Find someone's reaction; empty if there is none (Matrix specification, "Relationships
        API")."""
        path = f"{room.path.replace('/v3', '/v1', 1)}/relations/{segment(target)}"
        query, key = {"limit": "100"}, clean(key)
        for _ in range(_PAGES):
            page = await self._site.homeserver.get(f"{path}/m.annotation/m.reaction", **query)
            for event in page.get("chunk") or ():
                relation = encode.inner(encode.inner(event, "content"), "m.relates_to")
                if event.get("sender") == mxid and relation.get("key") == key:
                    return str(event.get("event_id"))
            if not isinstance(page.get("next_batch"), str):
                break
            query["from"] = page["next_batch"]
        return ""

    async def retract(self, command: Retract, part: encode.Part, name: str, room: Room) -> str:
        """Take one event back: a copy as its author, what somebody said here as the bot."""
        author = command.author if command.own else None
        return await self._redact(room, part, name, author)

    async def _redact(
        self, room: Room, part: encode.Part, name: str, author: Account | None
    ) -> str:
        """Redact as the author's ghost if it is in the room, else as the bot; what the bot may not
        is a reason to have the ghost come back. An event that is not there needs nothing."""
        try:
            mxid = author and self._site.ghosts.mxid(author.user)
            if mxid and mxid in room.ghosts:
                try:
                    query = self._site.puppets.query(mxid)
                    return await self._speech.redact(room, part, name, query)
                except MForbidden:
                    room.ghosts.pop(mxid)  # it may not be there after all
            return await self._redact_as_bot(room, part, name, author)
        except MNotFound:
            return ""

    async def _redact_as_bot(
        self, room: Room, part: encode.Part, name: str, author: Account | None
    ) -> str:
        try:
            return await self._speech.redact(room, part, name, {})
        except MForbidden as error:
            mxid = author and await self._speech.voice(room, author)
            if not mxid:
                why = f"{self._site.bot} may not remove what others said: {words(error)}"
                raise Rejected(why) from error
        return await self._speech.redact(room, part, name, self._site.puppets.query(mxid))
