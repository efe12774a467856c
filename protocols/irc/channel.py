"""One channel where any connection of ours is: who is in, who listens, its topic."""

from collections import deque
from collections.abc import Callable

from bridge.model import RoomRef, TopicChanged, UserRef
from protocols.irc.formatting import strip
from protocols.irc.identity import People
from protocols.irc.listener import Ear, Listening
from protocols.irc.roster import Members

ELLIPSIS = "…"
_RECENT_BANS = 20


class Channel:
    """The state that all our connections in a channel share."""

    def __init__(self, room: RoomRef, name: str, people: People):
        self.room = room
        self.name = name
        self.members = Members(room, people)
        self.listening = Listening()
        self.heard_by: Ear | None = None
        """Whose count of channels to listen to has this one in it."""
        self.by_seats = False
        """Nobody of ours is here but people who have a seat."""
        self.seated: dict[Ear, UserRef] = {}
        """The seats of people who joined the channel themselves."""
        self.known = False
        """The bridge has been told who is in."""
        self.waiting: list[Callable[[], None]] = []
        """Who wants to know when that is so."""
        self.topic: str | None = None
        """As it stands on IRC; None if that is not known."""
        self.topic_by = ""
        self.topic_at = 0.0
        self.pending_topic: str | None = None
        """Told at the join, while we wait for who set it and when."""
        self.topic_told = False
        """The server told the topic, or that there is none, when the relay last joined."""
        self.letters: dict[str, str] = {}
        """The mode letters of everybody here, ours too, by folded nick; who is not listed has
        none."""
        self.muted = False
        """Only who has a mode may speak (+m)."""
        self.restood: dict[str, None] = {}
        """The folded nicks of those whose standing has changed."""
        self.bans: deque[tuple[float, str, str]] = deque(maxlen=_RECENT_BANS)
        """The latest: when, of which mask, by whom."""
        self.flushing = False
        """Changes of the members will be told in a moment."""
        self.played_back = False
        """The server showed its history when we last joined."""

    def topic_is(self, topic: str, time: float) -> TopicChanged | None:
        """Note the topic. Return the event, or None if nothing changed."""
        if topic == self.topic:
            return None
        self.topic = topic
        return TopicChanged(room=self.room, topic=strip(topic), time=time)

    def now_known(self) -> None:
        """Note that the bridge knows who is in, and tell whoever waits for that."""
        self.known = True
        waiting, self.waiting = self.waiting, []
        for told in waiting:
            told()

    def deserted(self) -> None:
        """Forget who is in: none of our connections sees the channel any more."""
        self.members.clear()
        self.letters.clear()
        self.restood.clear()
        self.known = self.muted = False


def fit_topic(topic: str, most: int) -> str:
    """Make a topic that IRC can hold: one line, at most so many bytes, cut with an ellipsis on a
    character (semantics.md 8.1)."""
    line = " ".join(strip(topic.replace("\r", " ").replace("\n", " ").replace("\t", " ")).split())
    data = line.encode("utf-8", "replace")
    if len(data) <= most:
        return line
    room = max(0, most - len(ELLIPSIS.encode()))
    return data[:room].decode("utf-8", "ignore").rstrip() + ELLIPSIS
