from typing import Any

import pytest
from pydantic import ValidationError

from protocols.matrix.config import MatrixConfig

GOOD: dict[str, Any] = {
    "url": "http://127.0.0.1:8008/",
    "server_name": "hs",
    "as_token": "secret-of-ours",
    "hs_token": "secret-of-theirs",
}


def test_a_few_settings_are_enough() -> None:
    config = MatrixConfig(**GOOD)
    assert config.url == "http://127.0.0.1:8008"
    assert config.bot == "@tercet:hs"


def test_secrets_are_not_shown() -> None:
    assert "secret-of" not in repr(MatrixConfig(**GOOD))


@pytest.mark.parametrize(
    "change",
    [
        {"url": "127.0.0.1:8008"},
        {"url": "ftp://x"},
        {"url": "http://"},
        {"server_name": ""},
        {"as_token": "short"},
        {"as_token": "two lines\r\nX: y"},
        {"hs_token": "sécret-ö"},
        {"address": "nowhere"},
        {"sender_localpart": "Tercet Bot"},
        {"ghost_template": "_{id}"},
        {"ghost_template": "_{network}_{id}_x"},
        {"ghost_template": "_{network}{id}"},
        {"ghost_template": "_{network}-{id}"},
        {"ghost_prefixes": {"irc": "Irc "}},
        {"ghost_prefixes": {"irc": "_irc_", "libera": "_irc_libera_"}},
        {"relay": "says "},
        {"colour": "red"},
    ],
)
def test_mistakes_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MatrixConfig(**(GOOD | change))
