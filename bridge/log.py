"""Renders what the standard loggers say, for people or for machines, and lets no secret through."""

import logging
import re
import sys
from collections.abc import Collection
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, WrappedLogger

_NOISY = ("aiohttp", "asyncio", "mautrix", "mau", "pydle", "slixmpp")
_SILENT = ("aiohttp.access", "slixmpp.xmlstream.resolver")
_SHORTEST_SECRET = 6
"""Shorter ones would blot out ordinary words."""

_PATTERNS = re.compile(
    r"""(?x)
    (?P<before>
        \b(?i:access_token|as_token|hs_token)["']?\s*[=:]\s*["']?
      | \b(?i:Bearer)\s+
      | \bAUTHENTICATE\s+(?!PLAIN\b|EXTERNAL\b|SCRAM-)
      | \bPASS\s+:?
      | <handshake(?:\s[^>]*)?>
      | /[tm]/
    )
    [^\s"'<>&]+"""
)
_IDENTIFY = re.compile(r"""\b(IDENTIFY|REGISTER)\s+[^"'\n]+""")
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    0x09: "\t",
    0x0A: "\\n",
    0x0D: "\\r",
    0x202E: "\\u202e",
}


def configure(
    level: str, form: str | None, secrets: Collection[str] = (), stream: TextIO | None = None
) -> None:
    """Set up logging for the process. ``secrets`` never appear, whoever logs them."""
    stream = stream or sys.stderr
    for_people = form == "console" or (form is None and stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Formatter(for_people, stream.isatty(), secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Formats with structlog, then blots out secrets in the finished line."""

    def __init__(self, for_people: bool, colours: bool, secrets: Collection[str]):
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
                _one_line,
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_people(colours) if for_people else _machines()),
            ],
        )
        long_enough = sorted((s for s in secrets if len(s) >= _SHORTEST_SECRET), key=len)
        self._secrets = re.compile("|".join(map(re.escape, reversed(long_enough))) or r"(?!)")

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._secrets.sub("***", super().format(record)))


def redact(text: str) -> str:
    """Blot out what looks like a secret on the wire: tokens, passwords, signed links."""
    return _PATTERNS.sub(r"\g<before>***", _IDENTIFY.sub(r"\1 ***", text))


def _people(colours: bool) -> list[Any]:
    # Plain tracebacks: the pretty ones show local variables.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]


def _machines() -> list[Any]:
    return [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def _json(value: Any, **_: Any) -> str:
    return msgspec.json.encode(value, enc_hook=repr).decode()


def _one_line(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Show control characters as escapes: nobody may forge a line or paint the screen."""
    event["event"] = str(event["event"]).translate(_CONTROL)
    return event
