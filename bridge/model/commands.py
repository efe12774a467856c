"""What a network is asked to do. Commands come from the outbox: each is delivered once, in the
order of its speaker, and asked for again after a failure.
"""

from typing import Literal

from msgspec import Struct

from bridge.model.content import Content
from bridge.model.refs import Account, RoomRef, UserRef

Why = Literal[
    "refused",
    "forbidden",
    "banned",
    "closed",
    "password",
    "full",
    "unknown",
    "nick",
    "limit",
    "gone",
    "malformed",
    "moved",
]
"""What kind of refusal it is, for networks that have a word of their own for each. ``closed``: only
who is invited or registered may; ``unknown``: there is no such room or person; ``nick``: the name
is taken or not possible; ``limit``: too many or too fast; ``gone``: the link to it is down."""


class _RoomCommand(Struct, frozen=True, tag=True, kw_only=True):
    key: str
    """Names this command for ever. The same key is never carried out twice: derive attr-ids,
    labels and transaction ids from it."""
    room: RoomRef
    doubtful: bool = False
    """An earlier attempt may have got through. Look for evidence before sending again."""


class Reply(Struct, frozen=True):
    """The message that is answered, as this room knows it."""

    ids: tuple[str, ...]
    """All ids of its copy in this room (or of the original, if it was said here), part 0 first."""
    author: Account
    text: str
    """The beginning of what it says now, on one line; empty if it was taken back."""


class Thread(Struct, frozen=True):
    """The thread a message belongs to."""

    name: str
    """What to call it where the room has no name for it yet: the same for ever."""
    root: tuple[str, ...]
    """What this room calls the thread, if it has a name for it, then all ids of the first message
    of it that we know."""
    latest: tuple[str, ...]
    """All ids of its latest message in this room."""


class Send(_RoomCommand, frozen=True, tag="send"):
    """Say this in the room, as the speaker's puppet or through the relay."""

    speaker: Account
    """Who speaks, on the network they speak from; the receiving network picks the puppet."""
    content: Content
    time: float
    """When it was said, in seconds since 1970."""
    late: bool = False
    """True: it is told so late that the time must be shown, if the network has a stamp for it.
    (Where it has none the bridge has already put the time in the text: see Capabilities.)"""
    more: str = ""
    """One ready line that leads to the full text, for a network that must cut it."""
    hop: str = ""
    """A mark to put on the copy where the network has room for one; a message that comes in with
    our own mark has gone round in a circle."""
    reply: Reply | None = None
    """Only if the room's capabilities have ``replies``, or ``reply_tags``: then the answer is in
    the words as well; else it is in the words alone."""
    thread: Thread | None = None
    """Only if they have ``threads``."""


class Edit(_RoomCommand, frozen=True, tag="edit"):
    """Replace the text of a message that was sent before. Only where ``edits`` is native."""

    speaker: Account
    target: tuple[tuple[str, ...], ...]
    """The ids of each part of the copy that is to be changed."""
    content: Content
    time: float
    more: str = ""
    hop: str = ""
    reply: Reply | None = None
    """What the original answers; a network whose edits replace everything repeats it."""
    thread: Thread | None = None


class Retract(_RoomCommand, frozen=True, tag="retract"):
    """Take a message back: every part of it, and of all its edits. Only where it is native."""

    speaker: Account | None
    """Who did it; None: nobody knows."""
    author: Account
    """Who wrote the message: their puppet may be able to do what the speaker's may not."""
    target: tuple[tuple[str, ...], ...]
    """The ids of each part, the first version first."""
    own: bool
    """True: the message in this room is a copy of ours. False: it was said here by somebody."""
    moderated: bool = False
    reason: str = ""


class React(_RoomCommand, frozen=True, tag="react"):
    """Add or take away one reaction of the speaker. Only where ``reactions`` is native."""

    speaker: Account
    target: tuple[str, ...]
    """The ids of the message, in this room."""
    author: Account
    """Who wrote that message."""
    reaction: str
    """What stands for the reaction: an emoji, as it was sent."""
    added: bool
    all: tuple[str, ...] = ()
    """All of the speaker's reactions to the message after this one."""
    copy: tuple[str, ...] = ()
    """The ids of this reaction in this room, if it is taken away."""


class SetTopic(_RoomCommand, frozen=True, tag="topic"):
    """Make this the room's topic."""

    topic: str
    speaker: Account | None = None


class Tell(_RoomCommand, frozen=True, tag="tell"):
    """Tell one person something in private, in the form their network has for it: a stanza error or
    private message, a NOTICE, a message status with a notice."""

    user: UserRef
    text: str
    about: tuple[str, ...] = ()
    """The ids of the message this is about, if it is about one; then it means: not delivered."""
    retriable: bool = False
    """True: the bridge goes on trying."""
    why: Why = "refused"


class Say(_RoomCommand, frozen=True, tag="say"):
    """Tell the room something as the bridge itself: a notice, never answered, never bridged."""

    text: str


Command = Send | Edit | Retract | React | SetTopic | Tell | Say


class Delivered(Struct, frozen=True):
    """What is known of the parts that a command became: for each part its ids, perhaps none yet.
    Ids that show up later are reported as ``CopyConfirmed``."""

    parts: tuple[tuple[str, ...], ...] = ()


class Rejected(Exception):
    """The network will never carry this command out. The text is for the person who spoke, and
    names the network's own reason. Any other exception means: try again later."""

    def __init__(self, text: str, why: Why = "refused"):
        super().__init__(text)
        self.why = why


class Unavailable(Exception):
    """Not now: the link is down or the room is not open to us yet. The bridge asks again when a
    ``RoomStatus`` says so, or after a while.

    ``sent`` False promises that nothing has left the daemon, so that the next attempt is not
    ``doubtful``.
    """

    def __init__(self, text: str, *, sent: bool = True):
        super().__init__(text)
        self.sent = sent
