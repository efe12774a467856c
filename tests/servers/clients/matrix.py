"""A Matrix client on bare HTTP that syncs, so that a test sees every event as it came."""

import asyncio
import contextlib
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.servers.clients.transcript import Said, Transcript

Event = dict[str, Any]
_KINDS = {"m.text": "text", "m.emote": "emote", "m.notice": "notice"}
_API = "/_matrix/client/v3"


class MatrixError(Exception):
    """The homeserver refused; ``code`` is its ``M_…`` code."""

    def __init__(self, status: int, body: Event) -> None:
        super().__init__(f"{status} {body}")
        self.code = str(body.get("errcode", ""))


class MatrixClient:
    """Someone on Matrix. ``events`` has all of a room's events, ``messages`` what was said.

    Nothing said while the homeserver is away is missed, and nothing comes twice.
    """

    def __init__(self, url: str, user_id: str, token: str) -> None:
        self.url = url
        self.user_id = user_id
        self.token = token
        self.events: Transcript[Event] = Transcript()
        self.messages: Transcript[Said] = Transcript()
        self.signs: Transcript[Event] = Transcript()
        """Typing and receipts."""
        self.names: dict[tuple[str, str], str] = {}
        self._transactions = count(1)
        self._http: aiohttp.ClientSession | None = None
        self._sync: asyncio.Task[None] | None = None
        self._synced = asyncio.Event()
        self._token = id(self)

    async def connect(self, timeout: float = 10.0) -> None:
        """Begin to sync; return after the first answer."""
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})
        self._sync = asyncio.create_task(self._follow())
        await asyncio.wait_for(self._synced.wait(), timeout)

    async def close(self) -> None:
        """Stop to sync."""
        if self._sync is not None:
            self._sync.cancel()
            await asyncio.gather(self._sync, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    async def request(self, method: str, path: str, body: object = None) -> Any:
        """Ask the homeserver. Raises ``MatrixError``, or ``OSError`` when it is away."""
        if self._http is None:
            raise ConnectionError("not connected")
        try:
            async with self._http.request(method, self.url + path, json=body) as answer:
                content = await answer.json(content_type=None)
                if answer.status >= 400:
                    raise MatrixError(answer.status, content or {})
                return content
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from error

    async def create_room(
        self, name: str, *, alias: str = "", invite: tuple[str, ...] = (), public: bool = True
    ) -> str:
        """Create a room and return its id. ``alias`` is a local part; never encrypted."""
        body: dict[str, object] = {
            "name": name,
            "preset": "public_chat" if public else "private_chat",
            "invite": list(invite),
        }
        if alias:
            body["room_alias_name"] = alias
        created = await self.request("POST", f"{_API}/createRoom", body)
        return str(created["room_id"])

    async def invite(self, room: str, user_id: str) -> None:
        """Invite someone."""
        await self.request("POST", f"{_API}/rooms/{quote(room)}/invite", {"user_id": user_id})

    async def join(self, room: str) -> str:
        """Join by id or alias and return the id."""
        joined = await self.request("POST", f"{_API}/join/{quote(room)}", {})
        return str(joined["room_id"])

    async def leave(self, room: str) -> None:
        """Leave."""
        await self.request("POST", f"{_API}/rooms/{quote(room)}/leave", {})

    async def kick(self, room: str, user_id: str, reason: str = "") -> None:
        """Kick someone."""
        body = {"user_id": user_id, "reason": reason}
        await self.request("POST", f"{_API}/rooms/{quote(room)}/kick", body)

    async def members(self, room: str) -> dict[str, str]:
        """Return who is joined: user id to display name."""
        answer = await self.request("GET", f"{_API}/rooms/{quote(room)}/joined_members")
        return {user: who.get("display_name") or "" for user, who in answer["joined"].items()}

    async def say(self, room: str, text: str, html: str = "", **content: object) -> str:
        """Say something and return its event id. ``content`` adds to or replaces the fields."""
        body: dict[str, object] = {"msgtype": "m.text", "body": text}
        if html:
            body |= {"format": "org.matrix.custom.html", "formatted_body": html}
        return await self.send(room, "m.room.message", body | content)

    async def emote(self, room: str, text: str) -> str:
        """Say ``/me text``."""
        return await self.say(room, text, msgtype="m.emote")

    async def notice(self, room: str, text: str) -> str:
        """Send a notice."""
        return await self.say(room, text, msgtype="m.notice")

    async def topic(self, room: str, text: str) -> str:
        """Set the topic."""
        return await self.set_state(room, "m.room.topic", {"topic": text})

    async def rename(self, name: str) -> None:
        """Change one's display name."""
        path = f"{_API}/profile/{quote(self.user_id)}/displayname"
        await self.request("PUT", path, {"displayname": name})

    async def send(self, room: str, kind: str, content: Event) -> str:
        """Send any event and return its id."""
        transaction = f"{self._token}-{next(self._transactions)}"
        path = f"{_API}/rooms/{quote(room)}/send/{kind}/{transaction}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def set_state(self, room: str, kind: str, content: Event, key: str = "") -> str:
        """Set a state event and return its id."""
        path = f"{_API}/rooms/{quote(room)}/state/{kind}/{quote(key)}"
        return str((await self.request("PUT", path, content))["event_id"])

    async def event(
        self, predicate: Callable[[Event], object], timeout: float = 10.0, start: int = 0
    ) -> Event:
        """Wait for an event of any room; it carries its ``room_id``."""
        return await self.events.wait_for(predicate, timeout, start)

    async def wait_for(
        self, predicate: Callable[[Said], object], timeout: float = 10.0, start: int = 0
    ) -> Said:
        """Wait for something that is said (by oneself too)."""
        return await self.messages.wait_for(predicate, timeout, start)

    async def _follow(self) -> None:
        since = ""
        filters = quote('{"room":{"timeline":{"limit":10000}}}')
        while True:
            path = f"{_API}/sync?timeout={10000 if since else 0}&filter={filters}"
            try:
                answer = await self.request("GET", path + (f"&since={since}" if since else ""))
            except (OSError, MatrixError, ValueError):
                # Away, starting, or half an answer: the next one begins at the same place.
                await asyncio.sleep(0.1)
                continue
            since = quote(answer["next_batch"])
            for room, joined in answer.get("rooms", {}).get("join", {}).items():
                for event in joined["state"]["events"]:
                    self._learn_name(room, event)
                for event in joined["timeline"]["events"]:
                    self._take(room, event | {"room_id": room})
                for event in joined["ephemeral"]["events"]:
                    self.signs.add(event | {"room_id": room})
            self._synced.set()

    def _learn_name(self, room: str, event: Event) -> None:
        if event["type"] == "m.room.member":
            name = event["content"].get("displayname") or event["state_key"]
            self.names[room, event["state_key"]] = name

    def _take(self, room: str, event: Event) -> None:
        self._learn_name(room, event)
        content = event["content"]
        nick = self.names.get((room, event["sender"])) or str(event["sender"])
        with contextlib.suppress(KeyError):
            if event["type"] == "m.room.message":
                kind = _KINDS.get(content["msgtype"], content["msgtype"])
                self.messages.add(Said(room, nick, content["body"], kind, raw=event))
            elif event["type"] == "m.room.topic":
                self.messages.add(Said(room, nick, content["topic"], "subject", raw=event))
        self.events.add(event)
