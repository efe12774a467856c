"""The gateway's addresses: which room, person or server of IRC a JID stands for. Pure.

They are biboumi's, so that bookmarks go on working: ``#chan%server@gw``, ``nick%server@gw``,
``server@gw``, and in fixed mode ``#chan@gw``, ``nick@gw`` and the gateway itself.
"""

from typing import Literal

from msgspec import Struct

from protocols.xmpp import address

Kind = Literal["gateway", "server", "room", "person"]
CHANNEL_SIGNS = ("#", "&")
"""What names of channels begin with (CHANTYPES); what begins otherwise is a nick."""


class Place(Struct, frozen=True):
    """What an address of the gateway stands for."""

    kind: Kind
    jid: str
    """Without a resource."""
    server: str = ""
    name: str = ""
    """The channel or the nick, as IRC writes it."""
    resource: str = ""
    """In a room: the nick."""


class Places:
    """All addresses below one component."""

    def __init__(self, component: str, fixed: str = ""):
        self.component = component
        self.fixed = fixed

    def read(self, jid: str) -> Place:
        """Tell what this address, which is at our domain, stands for."""
        bare, _, resource = jid.partition("/")
        local = bare.rpartition("@")[0]
        if not local:
            return Place("gateway", bare, self.fixed, resource=resource)
        text = address.unescape(local)
        if self.fixed:
            return self._named(bare, text, self.fixed, resource)
        name, percent, server = text.partition("%")
        if not percent:
            return Place("server", bare, text, resource=resource)
        return self._named(bare, name, server, resource)

    def room(self, channel: str, server: str) -> str:
        """Write the JID of a channel's room."""
        return f"{self._local(channel, server)}@{self.component}"

    def person(self, nick: str, server: str) -> str:
        """Write the JID of somebody on IRC.

        What a server would fold otherwise than IRC does becomes a resource, which is left as it is.
        """
        if nick.isascii():
            return f"{self._local(nick, server)}@{self.component}"
        return f"{self._local('', server)}@{self.component}/{nick}"

    def server(self, server: str) -> str:
        """Write the JID of a server, or in fixed mode of the gateway."""
        if self.fixed:
            return self.component
        return f"{address.escape(server)}@{self.component}"

    def right_form(self, server: str, name: str) -> str:
        """Say what the address of a room looks like, for who got it wrong."""
        return self.room(f"#{name or 'channel'}", server or "irc.example.org")

    def _named(self, bare: str, name: str, server: str, resource: str) -> Place:
        if name.startswith(CHANNEL_SIGNS):
            return Place("room", bare, server, name, resource)
        return Place("person", bare, server, name or resource, resource)

    def _local(self, name: str, server: str) -> str:
        text = name.lower() if self.fixed else f"{name.lower()}%{server}"
        return address.escape(text)
