"""What a room's seat in a portal allows, and what the room can carry."""

from typing import Literal

from msgspec import Struct

Direction = Literal["both", "in", "out"]
Puppets = Literal["off", "speakers", "always"]
Members = Literal["speakers", "all"]
ReactionLines = Literal["few", "on", "off"]


class LegPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """What an admin allowed when linking the room. None leaves a choice to the network's config."""

    direction: Direction = "both"
    """``in``: what is said here goes to the other rooms; ``out``: what is said there comes here."""
    puppets: Puppets | None = None
    """``off``: one relay speaks for all; ``speakers``: a person gets a puppet when they first
    speak; ``always``: as soon as they are seen."""
    members: Members = "speakers"
    """Whose presence is shown here: those who spoke, or everybody in the other rooms."""
    relay: str | None = None
    """How the relay writes a speaker's name, for example ``<{name}> ``."""
    threads: bool = True
    """What is said in a thread, here or elsewhere, is shown in one; else it stands among the other
    messages."""
    reactions: ReactionLines = "few"
    """Where reactions can only be told in words: ``on``, ``off``, or with ``few`` only while fewer
    than 50 people are there."""
    edit_hold: float | None = None
    """Seconds for which an edit that must be told in words waits for the next one; None: as the
    daemon's settings have it."""
    answers_by_name: bool = False
    """A line ``anna: …`` said here right after one message of hers is an answer to it."""
    hosted: bool = False
    """We are the service that owns the room (``hosting``); it has no outbox."""
    by_seats: bool = False
    """Nobody of ours is there but the people who have a seat: no relay, no listener of our own.
    What an admin links gets a relay besides."""
    password: str = ""
    """What the room asks for at its door: a channel key, a MUC password."""


class Capabilities(Struct, frozen=True):
    """What a room can carry natively. Whatever is missing, the core says in plain words instead.
    The defaults describe the poorest network there is: lines of text."""

    times: bool = False
    """A message can be dated back, so a late one needs no time in its text."""
    topics: bool = True
    """We may change the topic."""
    replies: bool = False
    reply_tags: bool = False
    """An answer can point at its message, but few people would see that: the words say it too."""
    threads: bool = False
    edits: bool = False
    retractions: bool = False
    """People can take back their own messages."""
    moderation: bool = False
    """We can remove what others said in the room."""
    reactions: bool = False
    files: bool = False
    """Files are shown as such; elsewhere they are links in the text."""
    places: bool = False
    typing: bool = False
    read_marks: bool = False
