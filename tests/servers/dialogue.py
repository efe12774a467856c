"""A few lines with an IRC server before any client runs: is it ready, make an account."""

import re
import socket
import time
from collections.abc import Sequence


def talk(port: int, steps: Sequence[tuple[list[str], str]], limit: float = 10.0) -> str:
    """Send lines and wait for a pattern, step by step; return all that came, "" if a wait failed.

    What is sent before 001 is lost on many servers, so registration must be a step of its own.
    """
    end = time.monotonic() + limit
    got = ""
    with socket.create_connection(("127.0.0.1", port), 2) as connection:
        connection.settimeout(0.1)
        for lines, pattern in steps:
            connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
            while not re.search(pattern, got):
                chunk = _receive(connection)
                if chunk is None or time.monotonic() > end:
                    return ""
                for token in re.findall(r"(?m)^PING (.*?)\r?$", chunk):
                    connection.sendall(f"PONG {token}\r\n".encode())
                got += chunk
    return got


def _receive(connection: socket.socket) -> str | None:
    try:
        chunk = connection.recv(65536)
    except TimeoutError:
        return ""
    return chunk.decode("utf-8", "replace") if chunk else None
