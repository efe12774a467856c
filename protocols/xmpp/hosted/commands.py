"""Ad-hoc commands (XEP-0050), with biboumi's names: settings, connections, a few others.

Each is one form, or none: what is shown, and what is done with what was filled in.
"""

import time
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from cachetools import TTLCache
from msgspec import Struct

from bridge.model import Configure, Describe, Disconnect, Rejected, Settings
from protocols.xmpp import encode
from protocols.xmpp.hosted import forms
from protocols.xmpp.hosted.discovery import COMMANDS
from protocols.xmpp.hosted.places import Kind, Place

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway

SESSION_SECONDS = 3600.0
SESSIONS = 1000

Filled = dict[str, tuple[str, ...]]
Shown = Callable[["Commands", "Call"], Awaitable[str]]
Done = Callable[["Commands", "Call", Filled], Awaitable[str]]


class Call(Struct, frozen=True):
    """Who wants what done where."""

    jid: str
    place: Place


class Known(Struct, frozen=True):
    """A command. Without ``shown`` it is done at once; ``done`` returns what to say then."""

    node: str
    name: str
    where: tuple[Kind, ...]
    done: Done
    shown: Shown | None = None
    for_admins: bool = False
    fixed: bool | None = None
    """True: only where there is one server alone, False: only where there are several."""


class Commands:
    """All commands of one gateway, and who is in the middle of one."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._sessions: TTLCache[str, tuple[str, str, str]] = TTLCache(
            SESSIONS, SESSION_SECONDS, time.monotonic
        )

    def known(self, jid: str, place: Place) -> list[tuple[str, str]]:
        """Return the commands that somebody may use there: node and name."""
        return [(it.node, it.name) for it in self._for(jid.partition("/")[0], place)]

    async def execute(self, jid: str, place: Place, query: Element) -> str:
        """Do a step of a command. Raises ``Rejected``."""
        node = query.get("node", "")
        command = next((it for it in self._for(jid, place) if it.node == node), None)
        if command is None:
            if any(it.node == node for it in KNOWN):
                raise Rejected("you are not allowed to use this command", "forbidden")
            raise Rejected("there is no such command here", "unknown")
        call, session = Call(jid, place), query.get("sessionid", "")
        action = query.get("action", "execute")
        if not session:
            if command.shown is None:
                return self._note(node, token_hex(8), await command.done(self, call, {}))
            form = await command.shown(self, call)
            session = token_hex(8)
            self._sessions[session] = (jid, place.jid, node)
            return self._form(node, session, form)
        if self._sessions.pop(session, None) != (jid, place.jid, node):
            raise Rejected("this command is over, or was never begun", "malformed")
        filled = forms.submitted(query)
        if action == "cancel" or forms.is_cancelled(query) or filled is None:
            return _command(node, session, "canceled", "")
        return self._note(node, session, await command.done(self, call, filled))

    def _for(self, jid: str, place: Place) -> list[Known]:
        fixed = bool(self._gateway.places.fixed)
        is_admin = self._gateway.people.is_admin(jid)
        return [
            it
            for it in KNOWN
            if place.kind in it.where
            and not (place.resource and place.kind == "room")
            and it.fixed in (None, fixed)
            and (is_admin or not it.for_admins)
        ]

    def _form(self, node: str, session: str, form: str) -> str:
        actions = "<actions execute='complete'><complete/></actions>"
        return _command(node, session, "executing", actions + form)

    def _note(self, node: str, session: str, text: str) -> str:
        note = f"<note type='info'>{encode.text_node(text)}</note>" if text else ""
        return _command(node, session, "completed", note)

    # --- small ones ------------------------------------------------------------------------------

    async def _pong(self, _: Call, __: Filled) -> str:
        return "Pong"

    async def _ask_name(self, _: Call) -> str:
        return forms.form("Greeting", [forms.asked("name", "Your name", "text-single")])

    async def _greet(self, _: Call, filled: Filled) -> str:
        return f"Hello {''.join(filled.get('name', ()))[:100]}!"

    # --- connections -----------------------------------------------------------------------------

    async def _describe(self, call: Call, _: Filled) -> str:
        request = Describe(person=self._gateway.person(call.jid), network=call.place.server)
        return str(await self._gateway.ask(request) or "")

    async def _ask_servers(self, call: Call) -> str:
        seats = self._gateway.seats_of(self._gateway.person(call.jid).user)
        servers = sorted({self._gateway.places.read(jid).server for jid in seats})
        if not servers:
            raise Rejected("You are not connected to any IRC server.", "unknown")
        fields = [
            forms.asked("irc-servers", "The servers", "list-multi", [(it, it) for it in servers]),
            forms.asked("quit-message", "What to say on leaving", "text-single"),
        ]
        return forms.form("Disconnect from IRC servers", fields)

    async def _disconnect(self, call: Call, filled: Filled) -> str:
        person = self._gateway.person(call.jid)
        text = "".join(filled.get("quit-message", ()))[:300]
        servers = filled.get("irc-servers", ())
        for server in servers:
            await self._gateway.ask(Disconnect(person=person, network=server, text=text))
        return f"{len(servers)} connections are ended."

    async def _ask_people(self, _: Call) -> str:
        rooms = self._gateway.rooms.values()
        people = sorted({seat.jid for room in rooms for seat in room.seats.values()})
        fields = [
            forms.asked("jids", "The users", "list-multi", [(jid, jid) for jid in people]),
            forms.asked("quit-message", "What to say on leaving", "text-single"),
        ]
        return forms.form("Disconnect users", fields)

    async def _disconnect_people(self, _: Call, filled: Filled) -> str:
        text = "".join(filled.get("quit-message", ()))[:300]
        people = filled.get("jids", ())
        for jid in people:
            await self._gateway.ask(Disconnect(person=self._gateway.person(jid), text=text))
        return f"{len(people)} users have been disconnected."

    # --- settings --------------------------------------------------------------------------------

    async def _ask_settings(self, call: Call) -> str:
        settings = await self._settings(call, {})
        title = call.place.name or call.place.server
        return forms.form(title, forms.of_settings(settings))

    async def _configure(self, call: Call, filled: Filled) -> str:
        settings = await self._settings(call, {})
        if changes := forms.changes(settings, filled):
            await self._settings(call, changes)
        return "Configuration successfully applied."

    async def _settings(self, call: Call, changes: dict[str, str]) -> Settings:
        place = call.place
        request = Configure(
            person=self._gateway.person(call.jid),
            network=place.server,
            address=place.name if place.kind == "room" else "",
            changes=changes,
        )
        answer = await self._gateway.ask(request)
        return answer if isinstance(answer, Settings) else Settings(())


def _command(node: str, session: str, status: str, content: str) -> str:
    return (
        f"<command xmlns='{COMMANDS}' node='{encode.attribute(node)}' "
        f"sessionid='{encode.attribute(session)}' status='{status}'>{content}</command>"
    )


KNOWN = (
    Known("ping", "Do a ping", ("gateway",), Commands._pong),
    Known("hello", "Receive a custom greeting", ("gateway",), Commands._greet, Commands._ask_name),
    Known(
        "disconnect-user",
        "Disconnect selected users from the gateway",
        ("gateway",),
        Commands._disconnect_people,
        Commands._ask_people,
        for_admins=True,
    ),
    Known(
        "disconnect-from-irc-server",
        "Disconnect from the selected IRC servers",
        ("gateway",),
        Commands._disconnect,
        Commands._ask_servers,
    ),
    Known(
        "server-configure",
        "Configure a few settings for that IRC server",
        ("gateway",),
        Commands._configure,
        Commands._ask_settings,
        fixed=True,
    ),
    Known(
        "configure",
        "Configure a few settings for that IRC server",
        ("server",),
        Commands._configure,
        Commands._ask_settings,
    ),
    Known(
        "configure",
        "Configure a few settings for that IRC channel",
        ("room",),
        Commands._configure,
        Commands._ask_settings,
    ),
    Known(
        "get-irc-connection-info",
        "Returns various information about your connection to the IRC server.",
        ("server",),
        Commands._describe,
    ),
    Known(
        "get-irc-connection-info",
        "Returns various information about your connection to the IRC server.",
        ("gateway",),
        Commands._describe,
        fixed=True,
    ),
)
