"""What a channel can carry besides lines of text, by what its server announced."""

from bridge.model import Capabilities
from protocols.irc.modes import Traits
from protocols.irc.tags import REPLY


def abilities(server: Traits, caps: frozenset[str], own: bool) -> Capabilities:
    """Tell what we can do in a channel. ``own``: people have connections of their own in it.

    Answers are always in the words too: most people on IRC see no tags.
    """
    tagged = "message-tags" in caps
    refers = tagged and any(map(server.passes_tag, REPLY))
    return Capabilities(reply_tags=refers)
