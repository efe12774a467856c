"""Who is typing, in both directions (IRCv3 typing; semantics.md 9.3): lossy, seldom, never told by
the relay."""

import contextlib
import time

from bridge.model import Account, RoomRef, Typing, Unavailable, UserRef
from protocols.irc.channel import Channel
from protocols.irc.tags import TYPING
from protocols.irc.view import View
from protocols.irc.voices import Voices

EXPIRES = 6.0
"""Seconds after which somebody who says no more about it has stopped."""
SELDOM = 3.0
"""Least seconds between two signs, of anybody about one channel."""
AGAIN = 5.0
"""Seconds after which we repeat that somebody is typing."""
NEWS = 30.0
"""Seconds for which the bridge's word is good."""
MOST = 200
"""As many are typing at once; of more nothing is told."""

Place = tuple[RoomRef, UserRef]


class _Heard:
    """Somebody on IRC."""

    __slots__ = ("account", "news", "told")

    def __init__(self, account: Account):
        self.account = account
        self.news = self.told = 0.0


class _Shown:
    """Somebody of another network."""

    __slots__ = ("active", "news", "seen", "sent")

    def __init__(self) -> None:
        self.active = False
        self.news = 0.0
        self.sent = -AGAIN
        self.seen = False
        """Others see them typing."""


class Composing:
    """Who is typing now. All times are of the monotonic clock."""

    def __init__(self, view: View, voices: Voices):
        self.view = view
        self.voices = voices
        self._heard: dict[Place, _Heard] = {}
        self._shown: dict[Place, _Shown] = {}

    # -- from IRC

    def heard(self, channel: Channel, account: Account, state: str) -> None:
        """Take note of a sign of somebody in a channel."""
        if state == "active":
            self._typing(channel, account, time.monotonic())
        elif state in ("paused", "done"):
            self.spoke(channel, account)

    def spoke(self, channel: Channel, account: Account) -> None:
        """Somebody is not typing any more, if they were: they said it, or stopped."""
        if self._heard and (channel.room, account.user) in self._heard:
            del self._heard[channel.room, account.user]
            self.view.observe(Typing(channel.room, account, False))

    def _typing(self, channel: Channel, account: Account, now: float) -> None:
        place = (channel.room, account.user)
        known = self._heard.get(place)
        if known is None:
            if len(self._heard) >= MOST:
                return
            known = self._heard[place] = _Heard(account)
        known.news = now
        if not known.told or now - known.told >= SELDOM:
            known.told = now
            self.view.observe(Typing(channel.room, account, True))

    # -- to IRC

    def show(self, state: Typing) -> None:
        """Let somebody be seen typing, or no longer."""
        place, now = (state.room, state.account.user), time.monotonic()
        shown = self._shown.get(place)
        if shown is None:
            if not state.active or len(self._shown) >= MOST:
                return
            shown = self._shown[place] = _Shown()
        shown.active, shown.news = state.active, now
        self._tell(place, shown, now)

    def said(self, room: RoomRef, user: UserRef) -> None:
        """Their message goes out, which ends it for everybody who sees it."""
        shown = self._shown.get((room, user)) if self._shown else None
        if shown is not None:
            shown.active = shown.seen = False

    # -- now and then

    def tick(self, now: float) -> None:
        """End what has expired, repeat what goes on."""
        for (room, _), known in list(self._heard.items()):
            if now - known.news > EXPIRES:
                del self._heard[room, known.account.user]
                self.view.observe(Typing(room, known.account, False))
        for place, shown in list(self._shown.items()):
            shown.active &= now - shown.news <= NEWS
            self._tell(place, shown, now)
            if not shown.active and not shown.seen and now - shown.sent >= SELDOM:
                del self._shown[place]

    def _tell(self, place: Place, shown: _Shown, now: float) -> None:
        if now - shown.sent < (AGAIN if shown.active and shown.seen else SELDOM):
            return
        if not shown.active and not shown.seen:
            return
        shown.seen, shown.sent = shown.active, now
        self._send(place, "active" if shown.active else "done")

    def _send(self, place: Place, state: str) -> None:
        """Send it if nothing else waits to be sent: it is stale in a moment."""
        channel = self.view.channel(place[0].id)
        session = self.voices.present(place[1], channel) if channel is not None else None
        if channel is None or session is None or session.waiting or not session.may_tag(TYPING):
            return
        with contextlib.suppress(Unavailable):
            session.send("TAGMSG", channel.name, tags={TYPING: state}, spare=True)
