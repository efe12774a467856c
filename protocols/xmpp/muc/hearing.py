"""Makes events of what is said in a room; what comes back of our own is evidence instead."""

import time
from typing import TYPE_CHECKING

from bridge.model import (
    Account,
    Event,
    MessageEdited,
    MessageRetracted,
    MessageSent,
    ReactionsSet,
    TopicChanged,
    UserRef,
)
from protocols.xmpp.about import Retraction
from protocols.xmpp.decode import MucMessage
from protocols.xmpp.muc import reading
from protocols.xmpp.muc.sets import Sets
from protocols.xmpp.muc.signs import Heard
from protocols.xmpp.muc.versions import Versions

if TYPE_CHECKING:
    from protocols.xmpp.muc.room import Room


class Hearing:
    """The ear of one room."""

    def __init__(self, room: "Room"):
        self._room = room
        self._versions = Versions()
        self._sets = Sets()
        self._signs = Heard(room)

    def groupchat(self, message: MucMessage) -> None:
        """Take in a message to the whole room."""
        room, now = self._room, time.time()
        history = not room.entrance.live
        if not history:
            room.history.heard(now)
        if not message.nick and reading.ANONYMITY_CHANGED.intersection(message.codes):
            room.wire.start(room.entrance.look_again())
        if message.subject is not None and message.body is None and message.thread is None:
            self._subject(message, now)
            return
        when = reading.said_at(message, room.ref.id) if history else None
        if history and when is not None:
            room.history.reach = min(room.history.reach, when)
        elif history and room.entrance.inside:
            room.entrance.caught_up()  # A service that sends no subject after the history.
        if self.recognise(message) or not room.entrance.inside:
            return
        if message.encrypted:
            self._encrypted(message, history)
        elif event := self._event(message, now if when is None else when, live=when is None):
            room.wire.host.report(event)
        if not history:
            self._signs.take(message, self._author(message))

    def recognise(self, message: MucMessage, archive_id: str = "") -> bool:
        """Tell whether the message is our own; if so, it is evidence that it has arrived."""
        room = self._room
        mark = message.id if self._is_mark(message.id) else message.origin_id
        live = room.entrance.live and not archive_id
        ours = self._is_ours(message.nick)
        if live and not ours and not room.evidence.sent(mark):
            return False
        if not live and not room.wire.marks.owns(mark):
            return False
        if live and not ours and message.nick in room.occupants.present:
            return False
        ids = self._ids(message)
        if archive_id and room.stable_ids and not ids[0].startswith("sid:"):
            ids = (f"sid:{archive_id}", *ids)
        if confirmed := room.evidence.reflected(mark, ids):
            room.wire.host.report(confirmed)
        return True

    def _is_mark(self, attr_id: str) -> bool:
        return self._room.evidence.sent(attr_id) or self._room.wire.marks.owns(attr_id)

    def _is_ours(self, nick: str) -> bool:
        return self._room.puppets.speaks(nick) or nick == self._room.entrance.nick

    # --- what a message means --------------------------------------------------------------------

    def _event(self, message: MucMessage, when: float, live: bool) -> Event | None:
        if message.retraction:
            return self._retracted(message, message.retraction, when)
        if message.reactions:
            return self._reacted(message, when)
        if not reading.is_speech(message):
            return None
        if message.replaces is not None:
            return self._edited(message, message.replaces, when, live)
        return self._said(message, when, live)

    def _said(self, message: MucMessage, when: float, live: bool) -> MessageSent | None:
        room, ids = self._room, self._ids(message)
        if not live and not ids and when <= room.history.before:
            return None  # Most likely heard before; without an id nobody could tell.
        self._versions.said(self._sender(message), message.id, ids)
        return MessageSent(
            room=room.ref,
            author=self._author(message),
            ids=ids,
            content=reading.content(message, room.whose),
            time=when,
            live=live,
            hop=message.hop,
            reply_to=reading.meant(message.reply, room.stable_ids),
            quoted=reading.quoted(message),
            thread=f"thread:{message.thread}" if message.thread else "",
        )

    def _edited(
        self, message: MucMessage, replaces: str, when: float, live: bool
    ) -> MessageEdited | None:
        """A correction is never a new message; of what is unknown, the core says nothing."""
        if not replaces:
            return None
        return MessageEdited(
            room=self._room.ref,
            author=self._author(message),
            target=self._versions.corrected(self._sender(message), message.id, replaces),
            content=reading.content(message, self._room.whose),
            time=when,
            ids=self._ids(message),
            live=live,
            quoted=reading.quoted(message),
            hop=message.hop,
        )

    def _retracted(
        self, message: MucMessage, retraction: Retraction, when: float
    ) -> MessageRetracted | None:
        room = self._room
        if retraction.moderated and message.nick:
            return None  # Forged: only the room itself moderates (XEP-0425 §5).
        author: Account | None = self._author(message)
        if retraction.moderated:
            service, _, nick = retraction.by.partition("/")
            if nick == room.entrance.nick:
                return None  # We asked for it.
            named = service == room.ref.id and nick and not self._is_ours(nick)
            author = room.occupants.account(nick) if named else None
        target = reading.meant(retraction.id, room.stable_ids)
        if not target:
            return None
        return MessageRetracted(
            room=room.ref,
            target=target,
            time=when,
            author=author,
            moderated=retraction.moderated,
            reason=retraction.reason,
            ids=self._ids(message),
        )

    def _reacted(self, message: MucMessage, when: float) -> ReactionsSet | None:
        assert message.reactions is not None
        target = reading.meant(message.reactions.id, self._room.stable_ids)
        author = self._author(message)
        if not target or not self._sets.is_newer(author.user, target, when):
            return None
        return ReactionsSet(
            room=self._room.ref,
            author=author,
            target=target,
            keys=message.reactions.keys,
            time=when,
            ids=self._ids(message),
        )

    def _ids(self, message: MucMessage) -> tuple[str, ...]:
        room = self._room
        return reading.ids(message, room.ref.id, self._sender(message), room.stable_ids)

    def _sender(self, message: MucMessage) -> str:
        return self._room.occupants.sender(message.nick, message.occupant_id)

    def _author(self, message: MucMessage) -> Account:
        if message.nick:
            return self._room.occupants.account(message.nick, message.occupant_id)
        room = self._room.ref.id
        user = UserRef(self._room.ref.network, room)
        return Account(user, room.partition("@")[0], about=room, bot=True)

    def _encrypted(self, message: MucMessage, history: bool) -> None:
        room = self._room
        if message.body and message.nick and not history:
            occupant = f"{room.ref.id}/{message.nick}"
            if answer := room.courtesy.about_encryption(room.listener, occupant, message.id):
                room.wire.post(answer)

    def _subject(self, message: MucMessage, now: float) -> None:
        room, text = self._room, message.subject or ""
        if room.subject.became(text, self._is_ours(message.nick)):
            when = now if room.entrance.live else reading.said_at(message, room.ref.id) or now
            author = self._author(message) if message.nick else None
            room.wire.host.report(TopicChanged(room=room.ref, topic=text, time=when, author=author))
        if room.entrance.inside and not room.entrance.live:
            room.entrance.caught_up()
