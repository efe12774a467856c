"""As whom people connect: their own settings over the admin's, and where they come from."""

import logging
from collections.abc import Mapping
from ipaddress import IPv6Address, IPv6Network

import msgspec
from cachetools import LRUCache

from bridge.model import Account, Configure, Rejected, Setting, Settings, UserRef
from protocols.irc import nicks
from protocols.irc.config import IrcConfig
from protocols.irc.encode import line, one_line
from protocols.irc.ground import Profile
from protocols.irc.sasl import Credentials, Mechanism
from protocols.irc.seats.certificates import fingerprints, made
from protocols.irc.seats.preferences import (
    CERTIFICATE,
    FINGERPRINT,
    SECRETS,
    Preferences,
    checked,
    filled,
    known,
)
from protocols.irc.seats.vault import Vault
from protocols.irc.view import View

log = logging.getLogger(__name__)

_REMEMBERED = 2000
_MOST_CHANNELS = 200
"""Channels for which one person has settings."""


class Wardrobe:
    """Keeps people's settings, and makes profiles of them."""

    def __init__(self, view: View, config: IrcConfig):
        self.view = view
        self.config = config
        self.vault = Vault(config.seats.key_file)
        self._kept: LRUCache[UserRef, Preferences] = LRUCache(_REMEMBERED)

    async def of(self, user: UserRef) -> Preferences:
        """Return what somebody has set."""
        kept = self._kept.get(user)
        if kept is not None:
            return kept
        stored = await self.view.host.state.get(_key(user)) if self.view.host is not None else None
        try:
            found = msgspec.json.decode(stored, type=Preferences) if stored else Preferences()
        except msgspec.DecodeError:
            log.error("%s: the settings of %s cannot be read", self.view.name, user)
            found = Preferences()
        return self._kept.setdefault(user, found)

    def known(self, user: UserRef) -> Preferences:
        """Return what somebody has set who has been asked for before. From memory."""
        return self._kept.get(user) or Preferences()

    async def configure(self, request: Configure) -> Settings:
        """Keep what somebody sets, and return all of it; it counts from the next connection on.

        Raises ``Rejected`` in words that name the setting.
        """
        user, address = request.person.user, self.view.fold(request.address)
        settings = known(address, self.config.seats.usernames)
        mine = msgspec.convert(msgspec.to_builtins(await self.of(user)), Preferences)
        if address and address not in mine.channels and len(mine.channels) >= _MOST_CHANNELS:
            raise Rejected("too many channels have settings of their own", "limit")
        values = mine.of(address)
        self._change(values, {setting.name: setting for setting in settings}, request.changes)
        if request.changes and self.view.host is not None:
            if address and not values:
                del mine.channels[address]
            await self.view.host.state.put(_key(user), msgspec.json.encode(mine).decode())
            self._kept[user] = mine
        told = dict(values)
        if CERTIFICATE in values:
            told[FINGERPRINT] = fingerprints(self.secret(mine, CERTIFICATE))
        return Settings(filled(settings, told))

    def _change(
        self, values: dict[str, str], by_name: Mapping[str, Setting], changes: Mapping[str, str]
    ) -> None:
        for name, told in changes.items():
            if name not in by_name:
                raise Rejected(f"{name}: there is no such setting", "malformed")
            if name == FINGERPRINT:
                continue
            value = checked(by_name[name], told)
            if value and name in SECRETS:
                value = self.vault.lock(value)
            values[name] = value
            if not value:
                del values[name]
        if values.get("sasl_mechanism") == "EXTERNAL" and CERTIFICATE not in values:
            values[CERTIFICATE] = self.vault.lock(made(values.get("nick", "")))

    def secret(self, mine: Preferences, name: str) -> str:
        """Return a secret that somebody has set; empty if they have not."""
        locked = mine.server.get(name, "")
        return self.vault.unlock(locked) if locked else ""

    # -- connecting

    def profile(self, account: Account) -> Profile:
        """Return as whom somebody connects."""
        mine, seats = self.known(account.user).server, self.config.seats
        nick = mine.get("nick") or account.name
        ident = nicks.ident(str(account.user))
        template = one_line(seats.realname)
        realname = template.replace("{nick}", nick).replace("{user}", account.user.id)
        return Profile(
            nick,
            (mine.get("username") if seats.usernames else "") or ident,
            mine.get("realname") or one_line(realname) or nick,
            attempts=seats.attempts,
            person=account.user,
            password=self.secret(self.known(account.user), "pass"),
            certificate=self._certificate(self.known(account.user)),
            charsets=self.known(account.user).charsets(),
            burst=float(mine.get("throttle_limit") or 0),
            greeting=self._webirc(account.user),
            source=self._source(account.user),
        )

    def login(self, account: Account) -> Credentials | None:
        """Return how somebody logs in; None: as a guest."""
        mine = self.known(account.user)
        if self._certificate(mine):
            return Credentials("EXTERNAL")
        password = self.secret(mine, "sasl_password")
        if not password:
            return None
        chosen = mine.server.get("sasl_mechanism")
        mechanism: Mechanism = "SCRAM-SHA-256" if chosen == "SCRAM-SHA-256" else "PLAIN"
        name = mine.server.get("sasl_account") or mine.server.get("nick") or account.name
        return Credentials(mechanism, name, password)

    def _certificate(self, mine: Preferences) -> str:
        wanted = mine.server.get("sasl_mechanism") == "EXTERNAL"
        return self.secret(mine, CERTIFICATE) if wanted else ""

    def _webirc(self, user: UserRef) -> bytes:
        told = self.config.seats.webirc
        if told is None:
            return b""
        address = str(within(told.prefix, user))
        password = told.password.get_secret_value()
        return line("WEBIRC", password, one_line(told.gateway), address, address)

    def _source(self, user: UserRef) -> str:
        source = self.config.seats.source
        return str(within(source, user)) if "/" in source else source


def within(prefix: str, user: UserRef) -> IPv6Address:
    """Return the address in an IPv6 prefix that is always the same person's."""
    network = IPv6Network(prefix)
    number = int(nicks.digest(str(user))[:32], 16)
    return IPv6Address(int(network.network_address) | (number & int(network.hostmask)))


def _key(user: UserRef) -> str:
    return f"person:{user}"
