"""Gathers what changes in channels for a moment, then tells the bridge."""

import asyncio

from bridge.model import Standing, Standings, UserRef
from protocols.irc.channel import Channel
from protocols.irc.modes import rank
from protocols.irc.roster import MOMENT
from protocols.irc.view import View

_PLAIN = Standing()


class Telling:
    """One for a network."""

    def __init__(self, view: View):
        self.view = view

    def gather(self, channel: Channel) -> None:
        """Something has changed: tell it soon, with all that changes until then."""
        moment = channel.members.moment
        if moment is None and channel.restood and channel.seated:
            moment = MOMENT
        if moment is not None and not channel.flushing:
            channel.flushing = True
            asyncio.get_running_loop().call_later(moment, self._flush, channel)

    def restood(self, channel: Channel, nick: str) -> None:
        """Somebody's standing has changed; of interest only where people have seats."""
        if channel.seated and channel.known:
            channel.restood[self.view.fold(nick)] = None
            self.gather(channel)

    def everybody(self, channel: Channel) -> None:
        """Tell the standing of all who have one that is not plain, if anybody wants to know."""
        if not channel.seated:
            return
        channel.restood.clear()
        nicks = [self.view.fold(person.nick) for person in channel.members]
        nicks += [self.view.fold(nick) for nick, session in self.view.ours.items()
                  if session in channel.seated]  # fmt: skip
        told = tuple(item for item in self._standings(channel, nicks) if item[1] != _PLAIN)
        self.view.observe(Standings(channel.room, told))

    def _flush(self, channel: Channel) -> None:
        channel.flushing = False
        for change in channel.members.drain():
            self.view.observe(change)
        if channel.restood:
            nicks = list(channel.restood)
            channel.restood.clear()
            told = tuple(self._standings(channel, nicks))
            if told and channel.seated:
                self.view.observe(Standings(channel.room, told))

    def _standings(self, channel: Channel, nicks: list[str]) -> list[tuple[UserRef, Standing]]:
        found, traits = [], self.view.traits
        for nick in nicks:
            what = rank(channel.letters.get(nick, ""), traits, channel.muted)
            person = channel.members.get(nick)
            if person is not None:
                address = f"{person.user}@{person.host}" if person.user else ""
                standing = Standing(what, person.away, address)
                found.append((self.view.people.ref(person), standing))
                continue
            session = self.view.ours.get(nick)
            if session is not None and session in channel.seated:
                address = f"{session.user}@{session.host}" if session.user else ""
                found.append((channel.seated[session], Standing(what, session.away, address)))
        return found
