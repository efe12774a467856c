"""What an admin sets for one Matrix homeserver."""

from itertools import pairwise
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, model_validator


def _http(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("write an address such as http://127.0.0.1:8008")
    return url.rstrip("/")


def _prefix(prefix: str) -> str:
    if not prefix or any(c not in "abcdefghijklmnopqrstuvwxyz0123456789._=-/+" for c in prefix):
        raise ValueError("use only a-z 0-9 . _ = - / +, for example _irc_libera_")
    return prefix


def _template(template: str) -> str:
    if template.count("{network}") != 1 or not template.endswith("{id}"):
        raise ValueError("write {network} once and end in {id}, for example _{network}_{id}")
    network, end = template.removesuffix("{id}").split("{network}")
    _prefix(network + end)
    if not end.startswith("_"):
        raise ValueError("write a _ behind {network}, so that its end can be found again")
    return template


def _relay(template: str) -> str:
    if "{name}" not in template:
        raise ValueError("write {name} where the speaker's name goes, for example '<{name}> '")
    return template


def _secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if len(text) < 8 or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("use at least 8 letters and digits, without spaces")
    return secret


Secret = Annotated[SecretStr, AfterValidator(_secret)]
Address = Annotated[str, AfterValidator(_http)]


class MatrixConfig(BaseModel, extra="forbid"):
    """One homeserver, on which we are an application service."""

    url: Address
    """Where the homeserver's client API is, for example ``http://127.0.0.1:8008``."""
    server_name: str = Field(min_length=1)
    """What stands behind the ``:`` in the names of the homeserver's users."""
    as_token: Secret
    """The secret we show the homeserver; the same as in the registration."""
    hs_token: Secret
    """The secret the homeserver shows us; the same as in the registration."""
    address: Address = "http://127.0.0.1:8090"
    """Where the homeserver reaches us. A path in it, such as ``http://127.0.0.1:8090/second``,
    keeps two homeservers apart that one daemon serves."""
    id: str = Field(default="tercet", min_length=1)
    """The name of the registration."""
    sender_localpart: Annotated[str, AfterValidator(_prefix)] = "tercet"
    """The bot's name: it is invited to rooms, and speaks for those without a ghost."""
    display_name: str = "Tercet"
    """What the bot is called in rooms."""
    ghost_template: Annotated[str, AfterValidator(_template)] = "_{network}_{id}"
    """How the names of ghosts are made. Never change it once people have spoken."""
    ghost_prefixes: dict[str, Annotated[str, AfterValidator(_prefix)]] = {}
    """Whole prefixes for single networks instead, for example ``libera: _irc_libera_``."""
    relay: Annotated[str, AfterValidator(_relay)] = "<{name}> "
    """How the bot writes the speaker's name before what they said."""

    @model_validator(mode="after")
    def _apart(self) -> Self:
        found = sorted(self.ghost_prefixes.values())
        for one, next_one in pairwise(found):
            if next_one.startswith(one):
                raise ValueError(f"ghost_prefixes: {next_one} begins with {one}; make them differ")
        return self

    @property
    def bot(self) -> str:
        """The bot's full name."""
        return f"@{self.sender_localpart}:{self.server_name}"
