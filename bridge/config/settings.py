"""The settings that belong to the daemon itself; each network has a model of its own."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, Field, PlainSerializer, PlainValidator
from yarl import URL

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
_SOCKET_PATH_BYTES = 107  # unix(7): sun_path


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def seconds(value: Any) -> float:
    """Read ``30s``, ``10m``, ``24h`` or ``7d``."""
    match = re.fullmatch(r"([0-9]+)([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not a length of time; write 30s, 10m, 24h or 7d")
    return float(int(match[1]) * _UNITS[match[2]])


class Octets(int):
    """A number of bytes, written as in the file."""

    def __str__(self) -> str:
        unit, scale = next(
            (found for found in reversed(_SIZES.items()) if not self % found[1]), ("", 1)
        )
        return f"{self // scale}{unit}"


def octets(value: Any) -> Octets:
    """Read ``500kB``, ``100MB`` or ``2GB``."""
    match = re.fullmatch(r"([1-9][0-9]{0,5}) ?([kMG]B)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("is not a size; write 500kB, 100MB or 2GB")
    return Octets(int(match[1]) * _SIZES[match[2]])


def _address(value: Any) -> Address:
    host, _, port = value.rpartition(":") if isinstance(value, str) else ("", "", "")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("is not an address to listen on; write host:port, as 127.0.0.1:8090")
    return Address(host, int(port))


def _host(value: Any) -> Address:
    try:
        host, port = _address(value)
        return Address(URL.build(scheme="http", host=host.rstrip(".")).host or "", port)
    except ValueError:
        raise ValueError("is not a host and port; write files.example.org:8080") from None


def _web_address(value: Any) -> Any:
    if value is None:
        return None
    parts = urlsplit(value) if isinstance(value, str) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("is not a web address; write https://tercet.example.org")
    return value.rstrip("/")


def _range(value: Any) -> Any:
    try:
        return ipaddress.ip_network(value)
    except (ValueError, TypeError):
        raise ValueError("is not an IP address or range; write 127.0.0.1 or 10.0.0.0/8") from None


Size = Annotated[int, BeforeValidator(octets)]
Host = Annotated[Address, BeforeValidator(_host), PlainSerializer(str)]


def _text(value: Any) -> Any:
    forms = value.values() if isinstance(value, dict) else (value,)
    if not all(isinstance(form, str) for form in forms):
        raise ValueError('is no text; write "…", or {one: "…", other: "…"} where something counts')
    return value


Text = Annotated[str | Mapping[str, str], PlainValidator(_text)]
Duration = Annotated[float, BeforeValidator(seconds)]
Listen = Annotated[Address, BeforeValidator(_address), PlainSerializer(str)]
WebAddress = Annotated[str, BeforeValidator(_web_address)]
Range = Annotated[ipaddress.IPv4Network | ipaddress.IPv6Network, BeforeValidator(_range)]
_LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))


class Http(BaseModel, frozen=True, extra="forbid"):
    """The daemon's web server: homeservers push to it, links to texts and files lead to it."""

    listen: Listen = Field(
        default=Address("127.0.0.1", 8090),
        description="Where to listen, as host:port.",
        examples=["127.0.0.1:8090"],
    )
    public_url: WebAddress | None = Field(
        default=None,
        description="How people reach it from outside, through your web server. Without it, links "
        "to long texts and to files work on this machine only.",
        examples=["https://tercet.example.org"],
    )
    trusted: tuple[Range, ...] = Field(
        default=_LOOPBACK,
        description="The addresses or ranges that may see the status page and the metrics. Behind "
        "a proxy the last address of X-Forwarded-For counts.",
        examples=["[127.0.0.1, 10.0.0.0/8]"],
    )
    links_expire: Duration = Field(
        default=30 * 86400.0,
        description="How long a link to a long text or to a file works.",
        examples=["30d"],
    )

    @property
    def url(self) -> str:
        """What links begin with."""
        return self.public_url or f"http://{self.listen}"


class Log(BaseModel, frozen=True, extra="forbid"):
    """What is written to the log (standard error)."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        description="How much is logged. Debug shows what people write.",
        examples=["info"],
    )
    format: Literal["console", "json"] | None = Field(
        default=None,
        description="For people or for machines. Not set: for people on a terminal, else JSON.",
        examples=["console"],
    )


class Backlog(BaseModel, frozen=True, extra="forbid"):
    """What waits for a room that cannot be reached. Past either limit, the rest becomes one line
    with a link, and those who wrote it are told."""

    lines: int = Field(
        default=500, ge=1, le=100_000, description="How many messages.", examples=[500]
    )
    age: Duration = Field(default=86400.0, description="How long they wait.", examples=["24h"])


class Fetch(BaseModel, frozen=True, extra="forbid"):
    """What may be fetched from the web, for networks that keep files themselves (Matrix)."""

    allow: tuple[Host, ...] = Field(
        default=(),
        description="Hosts and ports, as links write them, that may be at a private address or at "
        "an unusual port: such as the upload service of your own XMPP server.",
        examples=["[upload.example.lan:5281]"],
    )
    links: bool = Field(
        default=False,
        description="Whether a line that is nothing but the link to a picture, film or sound is "
        "shown as that file. The daemon then opens whatever people link to.",
        examples=["true"],
    )


class Media(BaseModel, frozen=True, extra="forbid"):
    """Files on their way from one network to another. They are never kept."""

    max_size: Size = Field(
        default=Octets(100_000_000),
        description="How large a file may be that is passed on.",
        examples=["100MB"],
    )
    fetch: Fetch = Fetch()


class Daemon(BaseModel, frozen=True, extra="forbid"):
    """The settings at the top of the file. Relative paths begin where the file is."""

    database: Path = Field(
        default=Path("tercet.db"),
        description="The database; it holds everything that must survive.",
        examples=["/var/lib/tercet/tercet.db"],
    )
    control: Path | None = Field(
        default=None,
        description="The socket that the commands use to talk to the daemon. Not set: beside the "
        "database, with the ending .sock.",
        examples=["/run/tercet/control.sock"],
    )
    http: Http = Http()
    log: Log = Log()
    backlog: Backlog = Backlog()
    media: Media = Media()
    language: Literal["en", "de"] = Field(
        default="en",
        description="The language of what the bridge itself says in rooms.",
        examples=["de"],
    )
    words: Mapping[str, Text] = Field(
        default={},
        description="Texts of your own, as `key: template`; [words.md](words.md) lists them all.",
        examples=['{edited: "(edit) {text}"}'],
    )

    @property
    def socket(self) -> Path:
        """Where the control socket is."""
        return self.control or self.database.with_suffix(".sock")

    def misplaced(self) -> str:
        """Say what is wrong with the paths, if anything is."""
        if self.socket == self.database:
            return "is the database; give the socket a name of its own"
        if len(bytes(self.socket)) > _SOCKET_PATH_BYTES:
            return f"{self.socket} is too long for a socket; set control to a shorter path"
        return ""
