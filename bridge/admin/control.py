"""The control socket: the running daemon's end. Each connection carries one command: a line of
JSON in, lines of progress and a last line with the answer out.
"""

import asyncio
import contextlib
import logging
import os
import socket
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from bridge.admin import commands
from bridge.admin.answers import Progress, Refusal, Reply
from bridge.admin.facade import Admin, Refused

log = logging.getLogger(__name__)

LONGEST_REQUEST = 1 << 20
PATIENCE = 10.0
"""Seconds in which a request must have arrived."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """One command."""

    command: str
    arguments: dict[str, Any] = {}


_decode = msgspec.json.Decoder(Request).decode


class AlreadyRunning(Exception):
    """Another daemon answers on this socket."""


class Control:
    """Serves commands on a socket that only the daemon's own user may open."""

    def __init__(self, path: Path, admin: Admin):
        self._path, self._admin = path, admin
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Begin to serve. Raises ``AlreadyRunning``, or ``OSError`` if there is no place for it."""
        listener = _bind(self._path)
        self._server = await asyncio.start_unix_server(
            self._serve, sock=listener, limit=LONGEST_REQUEST
        )

    async def stop(self) -> None:
        """Serve no more; running commands are cancelled by whoever ends the loop."""
        if self._server is not None:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                line = await reader.readline()
            if line:
                _write(writer, await self._answer(line, writer))
                await writer.drain()
        except (OSError, TimeoutError, ValueError) as error:
            log.debug("a control connection broke: %r", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> Reply:
        try:
            request = _decode(line)
            log.info("command %s", request.command)
            return await commands.run(
                self._admin,
                request.command,
                request.arguments,
                lambda text: _write(writer, Progress(text)),
            )
        except Refused as refused:
            return Refusal(str(refused))
        except msgspec.MsgspecError as error:
            return Refusal(f"not a request: {error}")
        except Exception:
            log.exception("a command failed")
            return Refusal("it failed for a reason that the daemon's log tells")


def _write(writer: asyncio.StreamWriter, reply: Reply) -> None:
    writer.write(msgspec.json.encode(reply) + b"\n")


def _bind(path: Path) -> socket.socket:
    if _answers(path):
        raise AlreadyRunning(f"a daemon already answers on {path}")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
    return True
