"""The settings of one IRC network."""

import codecs
import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    FilePath,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bridge.model import Puppets
from protocols.irc.sasl import Mechanism


def _address(value: Any) -> Any:
    """Read ``irc.example.org`` and ``irc.example.org:6697`` as a server with TLS."""
    if not isinstance(value, str):
        return value
    host, colon, port = value.rpartition(":")
    if not colon or not port.isdigit() or host.endswith(":"):
        return {"host": value}
    return {"host": host.strip("[]"), "port": int(port)}


class Server(BaseModel, extra="forbid"):
    """One address of the network."""

    host: str = Field(min_length=1, description="Host name or address of the server.")
    port: int = Field(6697, ge=1, le=65535, description="Its port.")
    tls: bool = Field(True, description="Encrypt the connection with TLS from the first byte.")
    password: SecretStr | None = Field(None, description="Server password (PASS), if it asks.")


class Sasl(BaseModel, extra="forbid"):
    """How the relay logs in to its account while it connects."""

    mechanism: Mechanism = Field(
        "PLAIN",
        description="PLAIN and SCRAM-SHA-256: account and password. EXTERNAL: the client "
        "certificate.",
    )
    account: str = Field("", description="Name of the relay's account.")
    password: SecretStr = Field(SecretStr(""), description="Its password.")
    required: bool = Field(
        True, description="Do not go on without a log-in; try again later instead."
    )


class NickServ(BaseModel, extra="forbid"):
    """How the relay identifies on networks without SASL, and gets its nick back."""

    password: SecretStr = Field(description="Password of the relay's nick.")
    nick: str = Field("NickServ", description="Who to send it to.")
    recover: Literal["", "GHOST", "REGAIN", "RECOVER"] = Field(
        "GHOST", description="Command that frees our nick if somebody has it; empty: wait."
    )


class Flood(BaseModel, extra="forbid"):
    """How fast each connection may send."""

    burst: float = Field(5, ge=1, description="So many lines at once, after a silence.")
    rate: float = Field(0.5, ge=0, description="Then so many lines a second; 0: no limit.")


class WebIrc(BaseModel, extra="forbid"):
    """What the network's staff lets us tell about where people come from (WEBIRC)."""

    password: SecretStr = Field(description="The password that the network's staff gave us.")
    gateway: str = Field("tercet", min_length=1, description="What we are called there.")
    prefix: str = Field(
        "fd00::/64",
        description="IPv6 prefix of the addresses that stand for people, one for each: so they "
        "can be banned one by one.",
    )

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, value: str) -> str:
        if ip_network(value).version != 6:
            raise ValueError("must be an IPv6 prefix like fd00::/64")
        return value


class SeatsConfig(BaseModel, extra="forbid"):
    """People of other networks who join channels themselves, through the gateway."""

    limit: int = Field(500, ge=0, description="Most such connections at once; 0: nobody may.")
    interval: float = Field(
        0.05, ge=0, description="Least seconds between two new connections of theirs."
    )
    joins: int = Field(60, ge=1, description="Most joins of one person in a minute.")
    channels: int = Field(100, ge=1, description="Most channels of one person at once.")
    grace: float = Field(
        10, ge=0, description="Seconds for which a connection stays when its last channel is left."
    )
    attempts: int = Field(
        20, ge=1, description="Failed connections in a row after which their seats are lost."
    )
    realname: str = Field(
        "{nick}",
        description="Real name of people who have set none: `{nick}`; `{user}` is their address.",
    )
    usernames: bool = Field(
        False,
        description="People may choose their user name (ident). Else each has one of their own "
        "that cannot be chosen, so that operators can ban one and not all.",
    )
    webirc: WebIrc | None = Field(None, description="Tell the server who comes from where.")
    source: str = Field(
        "",
        description="Address to connect from, or an IPv6 prefix in which each person has an "
        "address of their own (it must be routed to this machine).",
    )
    key_file: Path = Field(
        Path("tercet.key"),
        validate_default=True,
        description="File with the key that encrypts people's passwords in the database; it is "
        "made when it is first needed. Relative to `$STATE_DIRECTORY` (systemd), else to the "
        "config file. Keep it out of the database's backups.",
    )

    @field_validator("source")
    @classmethod
    def _is_source(cls, value: str) -> str:
        if value and "/" in value and ip_network(value).version != 6:
            raise ValueError("must be an address, or an IPv6 prefix like 2001:db8::/64")
        if value and "/" not in value:
            ip_address(value)
        return value

    @field_validator("key_file")
    @classmethod
    def _in_its_folder(cls, value: Path, info: ValidationInfo) -> Path:
        folder = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
        folder = folder or str((info.context or {}).get("folder", "."))
        return Path(folder) / value.expanduser()


class IrcConfig(BaseModel, extra="forbid"):
    """One IRC network."""

    servers: list[Annotated[Server, BeforeValidator(_address)]] = Field(
        min_length=1,
        description="Addresses of the network, tried in turn. `host` or `host:port` means TLS.",
    )
    tls_verify: bool = Field(
        True, description="Check the server's certificate. Never switch it off on the internet."
    )
    tls_ca_file: FilePath | None = Field(
        None, description="CA certificates (PEM) to trust instead of the system's."
    )
    tls_certificate: FilePath | None = Field(
        None, description="The relay's client certificate (PEM), for SASL EXTERNAL or CertFP."
    )
    tls_key: FilePath | None = Field(
        None, description="Its private key, if the certificate file does not hold it."
    )
    nick: str = Field("tercet", min_length=1, description="Nick of the relay.")
    username: str = Field("tercet", min_length=1, description="User name (ident) of the relay.")
    realname: str = Field("Tercet bridge", min_length=1, description="Real name of the relay.")
    sasl: Sasl | None = Field(None, description="Log in with SASL.")
    nickserv: NickServ | None = Field(None, description="Identify with NickServ.")
    relay: str = Field(
        "<{name}> ", description="How the relay writes who speaks; `{name}` stands for the name."
    )
    puppets: Puppets = Field(
        "off",
        description="Connections of their own for people of other networks: off, speakers (from "
        "their first message on) or always. A link's policy may say otherwise.",
    )
    puppet_nick: str = Field("{name}[x]", description="Nick of a puppet.")
    puppet_limit: int = Field(
        50, ge=0, description="Most puppet connections at once; ask the network what it allows."
    )
    puppet_idle: float = Field(
        86400, ge=0, description="Seconds of silence after which a puppet of a speaker leaves."
    )
    puppet_wait: float = Field(
        10, ge=0, description="Seconds a message waits for its puppet, before the relay says it."
    )
    puppet_interval: float = Field(
        1, ge=0, description="Least seconds between two new puppet connections."
    )
    seats: SeatsConfig = Field(
        SeatsConfig.model_validate({}), description="People who join through the gateway."
    )
    charset: str = Field(
        "iso-8859-1", description="How to read lines that are not UTF-8, as old clients send them."
    )
    colours: bool = Field(False, description="Send colours; bold and the like are always sent.")
    line_limit: int = Field(
        3, ge=1, description="Most lines for a message; a longer one ends in a link to the rest."
    )
    flood: Flood = Field(Flood.model_validate({}), description="Flood protection.")
    connect_timeout: float = Field(
        30, gt=0, description="Seconds for connecting and registering, before the next address."
    )
    reconnect: list[float] = Field(
        [1, 2, 5, 15, 30, 60, 120, 300],
        min_length=1,
        description="Seconds to wait before each new attempt; the last is repeated. Jitter of a "
        "third is added.",
    )
    rejoin: list[float] = Field(
        [5, 30, 120, 300],
        min_length=1,
        description="Seconds to wait before joining again after a kick or a refusal.",
    )
    ping_interval: float = Field(
        90, gt=0, description="Seconds of silence after which the server is asked for a sign."
    )
    ping_timeout: float = Field(
        30, gt=0, description="Seconds to wait for that sign, before the connection is given up."
    )
    quit_message: str = Field("Tercet", description="What to say when leaving the network.")

    @model_validator(mode="after")
    def _check(self) -> "IrcConfig":
        try:
            codecs.lookup(self.charset)
        except LookupError:
            raise ValueError(f"charset: there is no charset {self.charset!r}") from None
        for name in ("relay", "puppet_nick"):
            if "{name}" not in getattr(self, name):
                raise ValueError(f"{name}: must contain {{name}}")
        if self.sasl and self.sasl.mechanism == "EXTERNAL" and not self.tls_certificate:
            raise ValueError("sasl: EXTERNAL needs tls_certificate")
        if self.sasl and self.sasl.mechanism != "EXTERNAL" and not self.sasl.account:
            raise ValueError(f"sasl: {self.sasl.mechanism} needs an account and a password")
        return self
