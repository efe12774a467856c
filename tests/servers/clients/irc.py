"""An IRC client on a bare socket, so that a test sees every line as it came."""

import asyncio
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from tests.servers.clients.transcript import Said, Transcript

CAPS = ("batch", "echo-message", "labeled-response", "message-tags", "server-time", "account-tag")
_LINE = re.compile(r"(?:@(\S+) +)?(?::(\S+) +)?(\S+)(?: +(.*))?")
_UNESCAPED = {":": ";", "s": " ", "r": "\r", "n": "\n"}


@dataclass(frozen=True)
class Line:
    """One line from the server."""

    tags: dict[str, str]
    source: str
    command: str
    params: tuple[str, ...]
    text: str

    @property
    def nick(self) -> str:
        """Who it came from."""
        return self.source.partition("!")[0]


def parse(text: str) -> Line:
    """Take a line apart (RFC 1459 §2.3.1, IRCv3 message-tags)."""
    found = _LINE.match(text)
    if found is None:
        return Line({}, "", "", (), text)
    tags, source, command, rest = found.groups(default="")
    head, colon, trailing = f" {rest}".partition(" :")
    params = tuple(head.split()) + ((trailing,) if colon else ())
    pairs = (tag.partition("=") for tag in tags.split(";") if tag)
    return Line({key: _unescape(value) for key, _, value in pairs}, source, command, params, text)


class IrcClient:
    """Someone on IRC. ``lines`` has everything; ``messages`` what was said in channels."""

    def __init__(self, nick: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        self.nick = nick
        self.port = port
        self.tls = tls
        self.caps: set[str] = set()
        self.lines: Transcript[Line] = Transcript()
        self.messages: Transcript[Said] = Transcript()
        self._labels = count(1)
        self._reader: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self, *, password: str = "", caps: tuple[str, ...] = CAPS) -> None:
        """Register and return after the MOTD. May be called again when the server was away."""
        reader, self._writer = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.tls, server_hostname="localhost" if self.tls else None
        )
        start = len(self.lines.items)
        self._reader = asyncio.create_task(self._read(reader))
        if password:
            self.send(f"PASS {password}")
        self.send("CAP LS 302", f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick}")
        if caps:
            await self._negotiate(caps, start)
        self.send("CAP END")
        await self.line(lambda line: line.command in ("376", "422"), 15, start)

    def send(self, *lines: str) -> None:
        """Send lines as they are; CR LF is added."""
        if self._writer is None:
            raise ConnectionError("not connected")
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())

    async def join(self, channel: str, key: str = "") -> None:
        """Join and return when the names are there."""
        start = len(self.lines.items)
        self.send(f"JOIN {channel} {key}".strip())
        await self.line(lambda line: line.command == "366" and channel in line.params, 10, start)

    async def names(self, channel: str) -> set[str]:
        """Return who is in the channel, without prefixes."""
        start = len(self.lines.items)
        self.send(f"NAMES {channel}")
        await self.line(lambda line: line.command == "366", 10, start)
        replies = [line for line in self.lines.items[start:] if line.command == "353"]
        return {nick.lstrip("~&@%+") for line in replies for nick in line.params[-1].split()}

    async def say(self, target: str, text: str, command: str = "PRIVMSG") -> Line | None:
        """Say one line. With labels return its echo, which carries ``msgid`` and ``time``."""
        if not {"labeled-response", "echo-message"} <= self.caps:
            self.send(f"{command} {target} :{text}")
            return None
        label = f"t{next(self._labels)}"
        start = len(self.lines.items)
        self.send(f"@label={label} {command} {target} :{text}")
        return await self.line(lambda line: line.tags.get("label") == label, 10, start)

    async def action(self, target: str, text: str) -> Line | None:
        """Say ``/me text``."""
        return await self.say(target, f"\x01ACTION {text}\x01")

    async def notice(self, target: str, text: str) -> Line | None:
        """Send a notice."""
        return await self.say(target, text, "NOTICE")

    def topic(self, channel: str, text: str) -> None:
        """Set the topic."""
        self.send(f"TOPIC {channel} :{text}")

    async def rename(self, nick: str) -> None:
        """Change the nick and return when the server agreed."""
        start = len(self.lines.items)
        old = self.nick
        self.send(f"NICK {nick}")
        await self.line(lambda line: line.command == "NICK" and line.nick == old, 10, start)

    async def line(
        self, predicate: Callable[[Line], object], timeout: float = 10.0, start: int = 0
    ) -> Line:
        """Wait for a line from the server."""
        return await self.lines.wait_for(predicate, timeout, start)

    async def wait_for(
        self, predicate: Callable[[Said], object], timeout: float = 10.0, start: int = 0
    ) -> Said:
        """Wait for something that is said in a channel (one's own words too, if echoed)."""
        return await self.messages.wait_for(predicate, timeout, start)

    async def closed(self, timeout: float = 10.0) -> None:
        """Wait until the server is gone."""
        if self._reader is not None:
            await asyncio.wait_for(asyncio.shield(self._reader), timeout)

    async def close(self) -> None:
        """Leave."""
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(b"QUIT\r\n")
            self._writer.close()
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def _negotiate(self, wanted: tuple[str, ...], start: int) -> None:
        await self.line(lambda line: line.params[1:2] == ("LS",) and "*" not in line.params[2:3],
                        10, start)  # fmt: skip
        offers = [line for line in self.lines.items[start:] if line.params[1:2] == ("LS",)]
        offered = {cap.partition("=")[0] for line in offers for cap in line.params[-1].split()}
        self.caps = offered & set(wanted)
        if self.caps:
            self.send(f"CAP REQ :{' '.join(sorted(self.caps))}")
            await self.line(lambda line: line.params[1:2] == ("ACK",), 10, start)

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while received := await reader.readline():
                line = parse(received.decode("utf-8", "replace").rstrip("\r\n"))
                self._take(line)
        except OSError:
            return

    def _take(self, line: Line) -> None:
        if line.command == "PING":
            self.send(f"PONG :{line.params[-1]}")
        elif (line.command == "NICK" and line.nick == self.nick) or line.command == "001":
            self.nick = line.params[0]
        if (said := _said(line)) is not None:
            self.messages.add(said)
        self.lines.add(line)


def _said(line: Line) -> Said | None:
    if line.command == "TOPIC":
        return Said(line.params[0], line.nick, line.params[-1], "subject", raw=line)
    if line.command not in ("PRIVMSG", "NOTICE") or not line.params[0].startswith("#"):
        return None
    room, text = line.params[0], line.params[-1]
    late = "batch" in line.tags
    if text.startswith("\x01ACTION "):
        return Said(room, line.nick, text[8:].rstrip("\x01"), "emote", late, line)
    return Said(room, line.nick, text, "notice" if line.command == "NOTICE" else "text", late, line)


def _unescape(value: str) -> str:
    return re.sub(r"\\(.?)", lambda found: _UNESCAPED.get(found[1], found[1]), value)
