"""What an admin may write under an ``xmpp`` network in the config file."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from protocols.xmpp import address


class GatewayConfig(BaseModel, extra="forbid", frozen=True):
    """The gateway: rooms for IRC channels, with biboumi's addresses."""

    allow: list[str] = Field(
        min_length=1,
        description="Who may use it: JIDs (anna@example.org), domains (example.org), or `*` for "
        "everybody on XMPP. Everybody gets IRC connections from this machine's address.",
    )
    admins: list[str] = Field(
        [], description="JIDs of those who may end other people's connections, by ad-hoc command."
    )
    fixed_irc_server: str = Field(
        "",
        description="Only this IRC network, with shorter addresses: #channel@irc.example.org. "
        "The name of a network of this configuration, or the host name of an IRC server.",
    )
    max_rooms: int = Field(200, ge=1, le=10_000, description="How many rooms one person may be in.")
    messages_per_second: float = Field(
        5.0,
        gt=0,
        le=1000,
        description="How many messages one person may send in a second; ten seconds' worth may "
        "come at once.",
    )
    contact: list[str] = Field(
        [],
        description="Where people reach you, as addresses such as mailto:admin@example.org or "
        "xmpp:admin@example.org; clients show them (XEP-0157).",
    )

    @field_validator("allow", "admins")
    @classmethod
    def _are_addresses(cls, values: list[str]) -> list[str]:
        return [value if value == "*" else _address(value) for value in values]

    @field_validator("fixed_irc_server")
    @classmethod
    def _is_lower(cls, value: str) -> str:
        return value.strip().lower()


def _address(value: str) -> str:
    try:
        jid = address.prepared(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a JID or domain: {error}") from None
    if not jid or "/" in value:
        raise ValueError(f"{value!r} is not a JID without resource, or a domain")
    return jid


class XmppConfig(BaseModel, extra="forbid", frozen=True):
    """One external component (XEP-0114) on an XMPP server."""

    jid: str = Field(description="The component's domain, as the server's config names it.")
    secret: SecretStr = Field(description="The secret that the server's config has for it.")
    server: str = Field(
        "127.0.0.1:5347",
        description="Host and port where the server waits for components. The stream is not "
        "encrypted: keep it on this machine or in a private network.",
    )
    nick: str = Field(
        "tercet", description="How the bridge itself is called in rooms: listener and relay."
    )
    puppets: Literal["off", "speakers", "always"] = Field(
        "speakers",
        description="Whether people of other networks get an occupant of their own: never, when "
        "they first speak, or as soon as they are seen. A link may say otherwise.",
    )
    relay: str = Field(
        "<{name}> ", description="How the relay writes who speaks, for people without a puppet."
    )
    max_bytes: int = Field(
        65536,
        ge=1024,
        le=262144,
        description="The longest text sent as one message, in bytes; longer text is cut and ends "
        "with a link. Prosody refuses stanzas above 512 KiB, some services far smaller ones.",
    )
    joins_per_second: float = Field(
        20.0, gt=0, le=1000, description="How many occupants may enter rooms in a second."
    )
    silence: float = Field(
        900.0,
        ge=1,
        description="Seconds without a word from a room until we ask whether we are still in it.",
    )
    patience: float = Field(
        20.0,
        ge=1,
        le=120,
        description="Seconds to wait for a room to show us our own message, or to let us in.",
    )

    gateway: GatewayConfig | None = Field(
        None,
        description="Lets people join IRC channels as rooms of this component, each with a "
        "connection of their own. Unset: nobody can.",
    )

    @field_validator("jid")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        try:
            jid = address.prepared(value)
        except ValueError as error:
            raise ValueError(f"{value!r} is not a domain: {error}") from None
        if not jid or "@" in jid or "/" in value:
            raise ValueError(f"{value!r} is not a domain such as bridge.example.org")
        return jid

    @field_validator("server")
    @classmethod
    def _is_host_and_port(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError(f"{value!r} is not host:port, such as 127.0.0.1:5347")
        return value

    @field_validator("nick")
    @classmethod
    def _is_nick(cls, value: str) -> str:
        if address.nick(value, strict=True) != value:
            raise ValueError(f"{value!r} is not a nick that every room takes")
        return value

    @field_validator("relay")
    @classmethod
    def _names_the_speaker(cls, value: str) -> str:
        if "{name}" not in value:
            raise ValueError(f"{value!r} must hold {{name}}")
        return value

    @property
    def host(self) -> str:
        """The server's host, without the brackets of an IPv6 address."""
        return self.server.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The server's port for components."""
        return int(self.server.rpartition(":")[2])

    @property
    def listener(self) -> str:
        """The full JID of the one occupant that hears what is said, and speaks for the bridge."""
        return f"tercet@{self.jid}/tercet"
