"""Try the configuration of an IRC network: connect, register, look, leave."""

import asyncio
import random
import ssl
from collections.abc import Callable

from bridge.model import Finding, Unavailable
from protocols.irc import caps, nicks
from protocols.irc.config import IrcConfig, Server
from protocols.irc.connection import FOR_PYDLE, IrcConnection
from protocols.irc.decode import parse
from protocols.irc.sasl import Credentials

SECONDS = 9.0

ContextOf = Callable[[bool], ssl.SSLContext]


class _Visitor:
    """Owns a connection for the length of a look."""

    login_required = False

    def __init__(self, config: IrcConfig):
        self.charset = config.charset
        self.login: Credentials | None = None
        self.connection: IrcConnection | None = None
        self.refused = ""
        if config.sasl is not None:
            secret = config.sasl.password.get_secret_value()
            self.login = Credentials(config.sasl.mechanism, config.sasl.account, secret)

    def receive(self, lines: list[bytes]) -> None:
        """Pass on the conversation with the server; the rest does not matter."""
        for raw in lines:
            line = parse(raw, self.charset)
            if line is None or self.connection is None:
                continue
            if line.command in ("902", "904", "905"):
                self.refused = f"{line.params[-1]} ({line.command})"
            if line.command in FOR_PYDLE:
                self.connection.feed(line)

    def next_nick(self, refused: str, numeric: str) -> str | None:
        """Any nick will do for a look."""
        return f"{nicks.plainer(refused, 8, refused)[:8]}{random.randrange(10)}"

    def announced(self) -> None:
        """It does not matter."""

    def lost(self, reason: str) -> None:
        """``open`` reports it."""


async def probe(name: str, config: IrcConfig, context_of: ContextOf) -> list[Finding]:
    """Look at each address; see ``bridge.model.Probe``."""
    looks = [_look(name, server, config, context_of) for server in config.servers]
    found = await asyncio.gather(*looks)
    return [finding for findings in found for finding in findings]


async def _look(
    name: str, server: Server, config: IrcConfig, context_of: ContextOf
) -> list[Finding]:
    subject = f"{name} {server.host}:{server.port}"
    visitor = _Visitor(config)
    connection = visitor.connection = IrcConnection(
        visitor, f"{config.nick[:5]}{random.randrange(1000)}", config.username, config.realname
    )
    password = server.password.get_secret_value() if server.password else None
    try:
        async with asyncio.timeout(SECONDS):
            context = context_of(True) if server.tls else None
            await connection.open(server.host, server.port, password, context)
        return list(_findings(subject, server, config, visitor, connection))
    except TimeoutError:
        text = f"no answer within {SECONDS:.0f} s; check host, port and `tls`"
        return [Finding(subject, "error", text)]
    except ssl.SSLCertVerificationError as error:
        return [Finding(subject, "error", _untrusted(error))]
    except ssl.SSLError as error:
        text = f"TLS failed ({error.reason}); if this port has no TLS, set `tls: false`"
        return [Finding(subject, "error", text)]
    except (OSError, Unavailable, ValueError) as error:
        text = f"{error}; check host, port, `tls` and the server password"
        return [Finding(subject, "error", text)]
    finally:
        if connection.wire is not None and connection.wire.connected:
            connection.send("QUIT", "checked")
            connection.wire.close("checked")


def _findings(
    subject: str, server: Server, config: IrcConfig, visitor: _Visitor, connection: IrcConnection
) -> list[Finding]:
    traits = connection.traits
    verified = "TLS, verified" if config.tls_verify else "TLS, NOT verified"
    found = [
        Finding(
            subject, "ok",
            f"registered on {traits.network or 'the network'}"
            f" ({verified if server.tls else 'no TLS'});"
            f" nicks up to {traits.nick_length}, topics up to {traits.topic_length}",
        )
    ]  # fmt: skip
    if not server.tls and not server.host.startswith(("127.", "::1", "localhost")):
        found.append(Finding(subject, "warning", "not encrypted; set `tls: true` and its port"))
    if server.tls and not config.tls_verify:
        found.append(Finding(subject, "warning", "anyone in between can read; set `tls_verify`"))
    found.append(_login_finding(subject, visitor, connection))
    missing = [cap for cap in caps.LABELS if cap not in connection.caps]
    if missing:
        text = (
            f"without {' and '.join(missing)}, a line whose connection breaks may be repeated;"
            " `tercet status` counts these as lines_in_doubt"
        )
        found.append(Finding(subject, "warning", text))
    return found


def _login_finding(subject: str, visitor: _Visitor, connection: IrcConnection) -> Finding:
    if visitor.login is None:
        return Finding(subject, "ok", "connected as a guest (no `sasl`)")
    if connection.logged_in:
        return Finding(subject, "ok", f"logged in with SASL {visitor.login.mechanism}")
    if visitor.refused:
        text = f"SASL was refused: {visitor.refused}; check `sasl.account` and its password"
        return Finding(subject, "error", text)
    text = f"the server offers no SASL {visitor.login.mechanism} now; use `nickserv`, or ask why"
    return Finding(subject, "error", text)


def _untrusted(error: ssl.SSLCertVerificationError) -> str:
    return (
        f"the certificate is not trusted ({error.verify_message}); if it is the network's own,"
        " put its CA into `tls_ca_file`"
    )
