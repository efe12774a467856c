"""What people may set for themselves: which settings there are, and what a value may be. Pure."""

import codecs
from collections.abc import Mapping

from msgspec import Struct

from bridge.model import Rejected, Setting
from protocols.irc import nicks
from protocols.irc.encode import one_line

MOST_COMMANDS = 20
_LONGEST = 400
_MOST_BURST = 100
_TRUE, _FALSE = "true", "false"


class Preferences(Struct):
    """What one person has set on one network. Secrets are as they are stored: locked."""

    server: dict[str, str] = {}
    channels: dict[str, dict[str, str]] = {}
    """By folded channel."""

    def of(self, address: str) -> dict[str, str]:
        """Return what is set for a channel, or with an empty name for the network."""
        return self.channels.setdefault(address, {}) if address else self.server

    def charsets(self) -> dict[str, str]:
        """Return how to read what is no UTF-8: in channels, and with an empty name anywhere."""
        everywhere = {"": self.server, **self.channels}
        found = {where: values.get("encoding_in", "") for where, values in everywhere.items()}
        return {where: charset for where, charset in found.items() if charset}

    def commands(self) -> list[str]:
        """Return what to send after connecting."""
        return [c for c in self.server.get("after_connect_commands", "").split("\n") if c.strip()]


FINGERPRINT = "certificate_fingerprint"
"""Told, never set: the certificate is ours to make."""
CERTIFICATE = "certificate"
"""How it is kept, locked, beside what is set."""
SERVER = (
    Setting("nick", "Nickname, whatever you join with", "text"),
    Setting("username", "Username", "text"),
    Setting("realname", "Realname", "text"),
    Setting("pass", "Server password (to be used in a PASS command when connecting)", "secret"),
    Setting("sasl_mechanism", "How to log in to your account", "choice",
            choices=("", "PLAIN", "SCRAM-SHA-256", "EXTERNAL")),
    Setting("sasl_account", "Account name, if it is not your nickname", "text"),
    Setting(FINGERPRINT, "Your certificate's fingerprint, for NickServ CERT ADD", "text"),
    Setting("sasl_password", "SASL password (to log in to your account)", "secret"),
    Setting("nickserv_password", "Password for NickServ, on networks without SASL", "secret"),
    Setting("after_connect_commands",
            "Custom IRC commands sent after the connection is established", "lines"),
    Setting("throttle_limit", "Lines that may be sent at once", "number"),
    Setting("encoding_in", "Encoding of messages that are no UTF-8", "text"),
)  # fmt: skip
CHANNEL = (
    Setting("encoding_in", "Encoding of messages that are no UTF-8", "text"),
    Setting("persistent", "Stay in the channel when your last client has left", "boolean"),
)
SECRETS = frozenset(s.name for s in SERVER if s.kind == "secret")


def known(address: str, usernames: bool) -> tuple[Setting, ...]:
    """Return which settings there are."""
    if address:
        return CHANNEL
    return tuple(s for s in SERVER if usernames or s.name != "username")


def checked(setting: Setting, value: str) -> str:
    """Return a value as it is kept; empty: nothing is set. Raises ``Rejected``."""
    value = value.strip()
    if not value:
        return ""
    if setting.kind == "lines":
        lines = [one_line(line) for line in value.split("\n") if line.strip()]
        if len(lines) > MOST_COMMANDS or any(len(line.encode()) > _LONGEST for line in lines):
            raise Rejected(f"{setting.name}: at most {MOST_COMMANDS} lines", "malformed")
        return "\n".join(lines)
    if len(value) > _LONGEST or any(c in value for c in "\r\n\0"):
        raise Rejected(f"{setting.name}: too long, or more than a line", "malformed")
    return _checked(setting, value)


def _checked(setting: Setting, value: str) -> str:
    match setting.name:
        case "nick" if not nicks.possible(value):
            raise Rejected(f"nick: {value!r} can be no nick on IRC", "malformed")
        case "username" if not value.isascii() or not value.replace("-", "a").isalnum():
            raise Rejected("username: letters and digits only", "malformed")
        case "encoding_in":
            try:
                codecs.lookup(value)
                b"a".decode(value, "replace")
            except (LookupError, ValueError):
                raise Rejected(
                    f"encoding_in: there is no encoding {value!r}", "malformed"
                ) from None
        case "throttle_limit" if not value.isascii() or not value.isdigit():
            raise Rejected("throttle_limit: a number", "malformed")
        case "throttle_limit":
            return str(min(max(int(value[:6]), 1), _MOST_BURST))
    if setting.kind == "boolean":
        return _TRUE if value.lower() in ("true", "1", "yes", "on") else _FALSE
    if setting.kind == "choice" and value not in setting.choices:
        raise Rejected(f"{setting.name}: one of {', '.join(setting.choices)}", "malformed")
    return value


def filled(settings: tuple[Setting, ...], values: Mapping[str, str]) -> tuple[Setting, ...]:
    """Return settings with what is set; of secrets only whether they are."""
    return tuple(
        Setting(
            s.name, s.label, s.kind, "" if s.kind == "secret" else values.get(s.name, ""),
            s.choices, bool(values.get(s.name)),
        )
        for s in settings
    )  # fmt: skip
