"""THE table of what an admin can tell the running daemon. It knows nothing of how it is shown: the
command line, its documentation, and later chat, forms and web pages are made from it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from bridge.admin import views
from bridge.admin.answers import Answer, plural
from bridge.admin.facade import Admin, PortalInfo, Refused
from bridge.admin.linking import CHOICES, FREE, new_legs

Say = Callable[[str], None]
Handler = Callable[[Admin, Mapping[str, Any], Say], Awaitable[Answer]]

JOINED_WITHIN = 10.0
"""Seconds for which ``link`` watches the rooms being joined."""


class Argument(Struct, frozen=True, kw_only=True):
    """Something a command is given."""

    name: str
    summary: str
    kind: Literal["text", "path"] = "text"
    """A ``path`` is made absolute by whoever knows where the admin stands."""
    optional: bool = False
    many: bool = False
    option: bool = False
    """True: it is given by its name."""
    choices: tuple[str, ...] = ()


class Command(Struct, frozen=True):
    """One line of the table. A name of two words belongs to the group of the first."""

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    handler: Handler
    details: str = ""
    example: str = ""


async def run(admin: Admin, name: str, given: Mapping[str, Any], say: Say) -> Answer:
    """Carry out a command by its name; raises ``Refused``."""
    command = COMMANDS.get(name)
    if command is None:
        raise Refused(f"there is no command “{name}”; there are: {', '.join(COMMANDS)}")
    return await command.handler(admin, _checked(command, given), say)


def _checked(command: Command, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what was left out; refuse what is missing, unknown or of the wrong type."""
    unknown = given.keys() - {argument.name for argument in command.arguments}
    if unknown:
        raise Refused(f"{command.name} takes no {', '.join(sorted(unknown))}")
    checked: dict[str, Any] = {}
    for argument in command.arguments:
        value = given.get(argument.name)
        if not value and not argument.optional:
            raise Refused(f"{command.name} needs {argument.name.upper()}: {argument.summary}")
        items = value if argument.many and isinstance(value, list) else [value]
        if value is not None and not all(isinstance(item, str) for item in items):
            raise Refused(f"{argument.name} must be text")
        checked[argument.name] = (items if value else []) if argument.many else value
    return checked


async def _link(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    options = {name: given[name] for name in (*CHOICES, *FREE)}
    legs = new_legs(given["addresses"], options, _networks(admin))
    say(f"Looking for {plural(len(legs), 'room')} …")
    portal = await admin.link(given["name"] or None, legs)
    say(f"Linked as “{portal.name}”. Joining the rooms …")
    linked = await _joined(admin, portal, say)
    down = [leg for leg in linked.legs if not leg.up]
    text = f"“{linked.name}” is one conversation now."
    if down:
        text = f"{plural(len(down), 'room')} not joined yet; Tercet goes on trying: tercet rooms"
    return views.portals([linked], text)


async def _joined(admin: Admin, portal: PortalInfo, say: Say) -> PortalInfo:
    """Watch until all rooms are up, or long enough."""
    told: set[str] = set()
    end = asyncio.get_running_loop().time() + JOINED_WITHIN
    while True:
        portal = next((found for found in admin.rooms() if found.name == portal.name), portal)
        for leg in portal.legs:
            line = f"  {leg.room.network}:{leg.address}: {'joined' if leg.up else leg.detail}"
            if (leg.up or leg.detail) and line not in told:
                told.add(line)
                say(line)
        if all(leg.up for leg in portal.legs) or asyncio.get_running_loop().time() > end:
            return portal
        await asyncio.sleep(0.1)


async def _unlink(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    taken = await admin.unlink(given["portal"], given["address"] or None)
    return views.portals([taken], "No longer linked:")


async def _rooms(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    return views.portals(admin.rooms())


async def _status(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    return views.status(admin.status())


async def _backup(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    path = Path(given["file"])
    size = await admin.backup(path)
    data = {"file": str(path), "bytes": size}
    return Answer(data, f"Copied the database to {path} ({size:,} bytes).")


async def _clear(admin: Admin, given: Mapping[str, Any], say: Say) -> Answer:
    dropped = await admin.clear_queue(given["portal"], given["address"] or None)
    return Answer({"dropped": dropped}, f"Dropped {plural(dropped, 'waiting message')}.")


def _networks(admin: Admin) -> set[str]:
    return {network.name for network in admin.status().networks}


_PORTAL = Argument(name="portal", summary="its name, as in “tercet rooms”")
_ROOM = Argument(name="address", summary="only this room of it, as network:room", optional=True)
_POLICY = {
    "direction": "both ways, only from this room (in), or only to it (out)",
    "puppets": "who gets an account of their own in the room: nobody, those who spoke, everybody",
    "members": "whose presence is shown in the room: those who spoke, or all",
    "threads": "whether what is said in a thread is shown in one",
    "reactions": "whether the room is told of reactions it cannot show: with few, if it has fewer "
    "than 50 people",
    "edit_hold": "how long an edit or reaction that must be told in words waits for the next one, "
    "for example 10s",
    "answers_by_name": "whether “anna: yes” right after one message of hers is an answer to it",
    "relay": "how the relay writes a speaker, for example “<{name}> ”",
    "password": "what the room asks for at its door",
}
_LINK_DETAILS = """\
Each ADDRESS is network:room: the name of a network in your configuration and the room as that
network writes it. With the name of a portal that exists, or a room that is in one, the rooms join
that portal.

A policy option holds for all rooms named, or, as network=value, for the rooms of that network."""

_TABLE = (
    Command(
        "link",
        "Link rooms into one conversation.",
        (
            Argument(name="addresses", summary="rooms, each as network:room", many=True),
            Argument(
                name="name",
                summary="the portal's name; without it, the first room's",
                optional=True,
                option=True,
            ),
            *(
                Argument(
                    name=name,
                    summary=summary,
                    optional=True,
                    many=True,
                    option=True,
                    choices=CHOICES.get(name, ()),
                )
                for name, summary in _POLICY.items()
            ),
        ),
        _link,
        _LINK_DETAILS,
        "tercet link xmpp:den@muc.example.org libera:#den matrix:#den:example.org \\\n"
        "    --name den --members libera=all",
    ),
    Command(
        "unlink",
        "Take a portal apart, or one room out of it.",
        (_PORTAL, _ROOM),
        _unlink,
        "The puppets leave the rooms and a notice stays.",
    ),
    Command("rooms", "List the linked rooms and how they are.", (), _rooms),
    Command("status", "Show how the daemon, its networks and its queues are.", (), _status),
    Command(
        "backup",
        "Copy the database to FILE while the daemon runs.",
        (Argument(name="file", summary="a file that does not exist yet", kind="path"),),
        _backup,
        "The daemon writes it, so its user must be allowed to. The copy is a complete database: to "
        "restore it, stop the daemon and put it in the place of the old one.",
    ),
    Command(
        "queue clear",
        "Drop the messages that wait for a portal's rooms.",
        (_PORTAL, _ROOM),
        _clear,
        "They are gone for those rooms, and will not be tried again. Their authors are told.",
    ),
)
COMMANDS: dict[str, Command] = {command.name: command for command in _TABLE}
