"""Lines that people write in IRC's own language: which may go to the server. Pure."""

from bridge.model import Rejected
from protocols.irc.encode import Unsendable, line
from protocols.irc.modes import Traits

LONGEST = 510
_REFUSED = {
    "CAP": "capabilities are what the gateway and the server agree on",
    "AUTHENTICATE": "the gateway logs in for you; see your settings",
    "PASS": "the gateway logs in for you; see your settings",
    "USER": "you are registered already",
    "WEBIRC": "you are registered already",
    "PONG": "the gateway answers for you",
    "PING": "the gateway does that for you",
    "SERVER": "you are no server",
    "NICK": "change your nick in a room: then all know it",
    "QUIT": "leave your rooms, or use the command to disconnect",
}
"""Commands that would take away what the gateway relies on."""
_TALK = frozenset(("PRIVMSG", "NOTICE", "TAGMSG", "CPRIVMSG", "CNOTICE"))


def words(text: str, server: Traits) -> list[str]:
    """Take a line apart into command and parameters.

    Raises ``Rejected`` for what would break the connection or go round the rooms.
    """
    text = text.strip()
    if any(c in text for c in "\r\n\0"):
        raise Rejected("one line at a time", "malformed")
    if not text.partition(" ")[0].isalnum() or len(text.encode()) > LONGEST:
        raise Rejected("that is no line that IRC knows", "malformed")
    head, colon, trailing = text.partition(" :")
    command, *params = [word for word in head.split(" ") if word]
    command = command.upper()
    if colon:
        params.append(trailing)
    if command in _REFUSED:
        raise Rejected(f"{command}: {_REFUSED[command]}", "forbidden")
    if command in _TALK and params and _is_room(params[0], server):
        raise Rejected("say it in the room: here nobody but IRC would see it", "forbidden")
    try:
        line(command, *params)
    except Unsendable as error:
        raise Rejected(str(error), "malformed") from error
    return [command, *params]


def _is_room(targets: str, server: Traits) -> bool:
    bare = (target.lstrip(server.status_prefixes) for target in targets.split(","))
    return any(map(server.is_channel, bare))
