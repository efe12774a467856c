"""One channel where any connection of ours is: who is in, who listens, its topic."""

from bridge.model import RoomRef, TopicChanged
from protocols.irc.formatting import strip
from protocols.irc.identity import People
from protocols.irc.listener import Ear, Listening
from protocols.irc.roster import Members

ELLIPSIS = "…"


class Channel:
    """The state that all our connections in a channel share."""

    def __init__(self, room: RoomRef, name: str, people: People):
        self.room = room
        self.name = name
        self.members = Members(room, people)
        self.listening = Listening()
        self.topic: str | None = None
        """As it stands on IRC; None if that is not known."""
        self.pending_topic: str | None = None
        """Told at the join, while we wait for who set it and when."""
        self.topic_told = False
        """The server told the topic, or that there is none, when the relay last joined."""
        self.standings: dict[Ear, str] = {}
        """The mode letters of our connections; who is not listed has none."""
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


def fit_topic(topic: str, most: int) -> str:
    """Make a topic that IRC can hold: one line, at most so many bytes, cut with an ellipsis on a
    character (semantics.md 8.1)."""
    line = " ".join(strip(topic.replace("\r", " ").replace("\n", " ").replace("\t", " ")).split())
    data = line.encode("utf-8", "replace")
    if len(data) <= most:
        return line
    room = max(0, most - len(ELLIPSIS.encode()))
    return data[:room].decode("utf-8", "ignore").rstrip() + ELLIPSIS
