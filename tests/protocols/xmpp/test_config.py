"""The settings: all mistakes are named, and what is written is understood."""

import pytest
from pydantic import ValidationError

from protocols.xmpp.config import GatewayConfig, XmppConfig


def test_little_is_enough() -> None:
    config = XmppConfig(jid="Bridge.Example.org", secret="s3cret")
    assert (config.jid, config.host, config.port) == ("bridge.example.org", "127.0.0.1", 5347)
    assert config.listener == "tercet@bridge.example.org/tercet"
    assert "s3cret" not in repr(config)


def test_an_ipv6_address_is_taken() -> None:
    config = XmppConfig(jid="a.b", secret="x", server="[::1]:5347")
    assert (config.host, config.port) == ("::1", 5347)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("jid", "room@bridge"),
        ("jid", "bridge/x"),
        ("jid", ""),
        ("jid", "a b"),
        ("server", "localhost"),
        ("server", "localhost:port"),
        ("server", "localhost:70000"),
        ("nick", " "),
        ("nick", "\u202ex"),
        ("relay", "someone: "),
        ("puppets", "sometimes"),
        ("max_bytes", 10),
        ("joins_per_second", 0),
        ("silence", 0),
        ("unknown", 1),
        ("gateway", {}),
        ("gateway", {"allow": []}),
        ("gateway", {"allow": ["anna@example.org/phone"]}),
        ("gateway", {"allow": ["a b"]}),
        ("gateway", {"allow": ["*"], "max_rooms": 0}),
    ],
)
def test_a_mistake_is_named(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        XmppConfig(**({"jid": "a.b", "secret": "x"} | {field: value}))  # type: ignore[arg-type]


def test_every_setting_is_described() -> None:
    assert all(field.description for field in XmppConfig.model_fields.values())
    assert all(field.description for field in GatewayConfig.model_fields.values())


def test_who_may_use_the_gateway_is_written_as_servers_compare_it() -> None:
    gateway = GatewayConfig(allow=["Anna@Example.ORG", "*"], fixed_irc_server=" IRC.Example.net")
    assert gateway.allow == ["anna@example.org", "*"]
    assert gateway.fixed_irc_server == "irc.example.net"


def test_without_a_word_nobody_may_use_the_gateway() -> None:
    assert XmppConfig(jid="a.b", secret="x").gateway is None
