"""What a channel can carry besides lines of text, by what its server announced."""

from collections.abc import Iterable

from bridge.model import Capabilities
from protocols.irc.caps import REDACTION
from protocols.irc.modes import Traits, is_operator
from protocols.irc.tags import REACT, REPLY, TYPING


def abilities(
    server: Traits, caps: frozenset[str], own: bool, standings: Iterable[str]
) -> Capabilities:
    """Tell what we can do in a channel. ``own``: people have connections of their own in it.
    ``standings``: the modes of our connections in it; one operator is enough to moderate.

    Answers are always in the words too: most people on IRC see no tags.
    """
    tagged = "message-tags" in caps
    refers = tagged and any(map(server.passes_tag, REPLY))
    redacts = REDACTION in caps
    return Capabilities(
        reply_tags=refers,
        reactions=refers and own and server.passes_tag(REACT),
        retractions=redacts,
        moderation=redacts and any(is_operator(letters, server) for letters in standings),
        typing=tagged and own and server.passes_tag(TYPING),
    )
