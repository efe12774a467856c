"""Settings."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from protocols.irc.config import Flood, IrcConfig, NickServ, Sasl, Server


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"servers": []},
        {"servers": ["a"], "relay": "no name"},
        {"servers": ["a"], "puppet_nick": "x"},
        {"servers": ["a"], "charset": "klingon"},
        {"servers": ["a"], "sasl": {"mechanism": "EXTERNAL"}},
        {"servers": ["a"], "sasl": {"password": "x"}},
        {"servers": ["a"], "unknown": 1},
        {"servers": ["a:99999"]},
    ],
)
def test_a_wrong_config_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IrcConfig.model_validate(values)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("irc.example.org", "irc.example.org", 6697),
        ("a:6698", "a", 6698),
        ("[::1]:7000", "::1", 7000),
    ],
)
def test_addresses_may_be_short(address: str, host: str, port: int) -> None:
    server = IrcConfig.model_validate({"servers": [address]}).servers[0]
    assert (server.host, server.port, server.tls) == (host, port, True)


def test_every_setting_is_explained() -> None:
    models: list[type[BaseModel]] = [IrcConfig, Server, Sasl, NickServ, Flood]
    for model in models:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name}"


def test_secrets_do_not_show() -> None:
    config = IrcConfig.model_validate(
        {"servers": [{"host": "a", "password": "s3cret"}], "nickserv": {"password": "s3cret"}}
    )
    assert "s3cret" not in repr(config)
