"""The control socket: the end of whoever asks. It blocks: a command has nothing else to do."""

import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from bridge.admin.answers import Answer, Progress, Reply
from bridge.admin.facade import Refused

_decode = msgspec.json.Decoder(Reply).decode


class NotRunning(Exception):
    """Nobody answers on the socket. The text says what to do."""


def ask(
    path: Path, command: str, arguments: Mapping[str, Any], progress: Callable[[str], None]
) -> Answer:
    """Have the daemon carry out a command and wait for the answer, however long it takes.

    Raises ``Refused`` or ``NotRunning``.
    """
    request = {"command": command, "arguments": arguments}
    with _connected(path) as connection:
        connection.sendall(msgspec.json.encode(request) + b"\n")
        with connection.makefile("rb") as replies:
            for line in replies:
                reply = _decode(line)
                if isinstance(reply, Answer):
                    return reply
                if not isinstance(reply, Progress):
                    raise Refused(reply.text)
                progress(reply.text)
    raise NotRunning("the daemon went away before it answered; its log says why")


def _connected(path: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(path))
    except PermissionError:
        connection.close()
        raise NotRunning(f"{path} belongs to another user; run this as the daemon's user") from None
    except OSError:
        connection.close()
        raise NotRunning(
            f"the daemon is not running (nobody answers on {path}); start it with “tercet run”"
        ) from None
    return connection
