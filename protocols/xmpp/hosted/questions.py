"""Which question (IQ) is answered by what: features, lists, settings, people."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from bridge.model import Configure, Look, Rejected, Settings
from protocols.xmpp import about, address, disco, encode
from protocols.xmpp.hosted import directory, discovery, forms, moderation, refusals
from protocols.xmpp.hosted.commands import Commands
from protocols.xmpp.hosted.places import Place
from protocols.xmpp.hosted.seats import Client

if TYPE_CHECKING:
    from protocols.xmpp.hosted.gateway import Gateway
    from protocols.xmpp.hosted.room import HostedRoom

OWNER = f"{encode.MUC}#owner"
_GATEWAY = "jabber:iq:gateway"
_REGISTER = "jabber:iq:register"
_UNKNOWN = encode.error("cancel", "service-unavailable")

Answer = Callable[[Element, Element, Place], Awaitable[str]]


class Questions:
    """Answers for one gateway. Each question gets exactly one (RFC 6120 §8.2.3)."""

    def __init__(self, gateway: "Gateway"):
        self._gateway = gateway
        self._directory = directory.Directory(gateway)
        self._commands = Commands(gateway)
        self._answers: dict[tuple[str, str], Answer] = {
            ("get", f"{{{discovery.INFO}}}query"): self._info,
            ("get", f"{{{discovery.ITEMS}}}query"): self._items,
            ("get", "{urn:xmpp:ping}ping"): self._ping,
            ("get", "{jabber:iq:version}query"): self._version,
            ("get", "{vcard-temp}vCard"): self._vcard,
            ("get", f"{{{_GATEWAY}}}query"): self._prompt,
            ("set", f"{{{_GATEWAY}}}query"): self._prompted,
            ("get", f"{{{_REGISTER}}}query"): self._registered,
            ("set", f"{{{_REGISTER}}}query"): self._register,
            ("get", f"{{{moderation.ADMIN}}}query"): self._lists,
            ("set", f"{{{moderation.ADMIN}}}query"): self._moderate,
            ("set", f"{{{about.MODERATE}}}moderate"): self._remove,
            ("get", f"{{{OWNER}}}query"): self._configuration,
            ("set", f"{{{OWNER}}}query"): self._configure,
            ("set", f"{{{discovery.COMMANDS}}}command"): self._command,
        }

    def take(self, xml: Element, place: Place) -> None:
        """Answer a question, as soon as the answer is known."""
        query = next(iter(xml), None)
        answer = None
        if query is not None:
            answer = self._answers.get((xml.get("type", ""), query.tag))
        if answer is None or query is None:
            self._gateway.answer(xml, error=_UNKNOWN)
            return
        self._gateway.start(self._answer(xml, answer(xml, query, place)))

    async def _answer(self, xml: Element, content: Awaitable[str]) -> None:
        try:
            text = await content
        except Exception as reason:
            self._gateway.answer(xml, error=refusals.of(reason))
            if not refusals.is_expected(reason):
                raise
            return
        self._gateway.answer(xml, text)

    # --- discovery -------------------------------------------------------------------------------

    async def _info(self, xml: Element, query: Element, place: Place) -> str:
        node = query.get("node", "")
        if node:
            return self._node(xml, node, place)
        if place.kind == "gateway":
            return discovery.gateway(self._gateway.settings.contact)
        if place.kind == "server":
            return discovery.server(place.name or place.server)
        if place.kind == "person" or place.resource:
            return discovery.person()
        room = self._gateway.rooms.get(place.jid)
        name = f"{place.name} on {place.server}"
        if room is None or not room.clients:
            return discovery.room(name, "", None)
        return discovery.room(name, room.showing.topic, len(room.occupants))

    def _node(self, xml: Element, node: str, place: Place) -> str:
        if node == f"{encode.MUC}#traffic" and place.kind == "room":
            return discovery.traffic()
        if node == "x-roomuser-item" and place.kind == "room":
            room = self._gateway.rooms.get(place.jid)
            seat = room.seats.get(self._gateway.person(xml.get("from", "")).user) if room else None
            return discovery.own_nick(seat.nick if seat else "")
        if node == discovery.COMMANDS:
            return discovery.command_list()
        if name := dict(self._commands.known(xml.get("from", ""), place)).get(node):
            return discovery.command(node, name)
        raise Rejected("there is no such thing here", "unknown")

    async def _items(self, xml: Element, query: Element, place: Place) -> str:
        node = query.get("node", "")
        if node == discovery.COMMANDS:
            known = self._commands.known(xml.get("from", ""), place)
            return discovery.commands(known, place.jid)
        if node:
            raise Rejected("there is no such thing here", "unknown")
        asker = self._gateway.person(xml.get("from", ""))
        if place.kind == "server" or (place.kind == "gateway" and place.server):
            return await self._directory.page(asker, place, discovery.page(query))
        if place.kind == "gateway":
            return discovery.items(self._directory.servers(asker))
        room = self._gateway.rooms.get(place.jid)
        if room is None or asker.user not in room.seats or place.resource:
            return discovery.items(())
        return discovery.items([(f"{room.jid}/{who.nick}", who.nick) for who in room.occupants])

    # --- people ----------------------------------------------------------------------------------

    async def _ping(self, xml: Element, _query: Element, place: Place) -> str:
        if place.kind == "room" and place.resource:
            _, client = self._inside(xml, place)
            if place.resource != client.seat.nick:
                await self._look(xml, place, "ping")
        elif place.kind == "person":
            await self._look(xml, place, "ping")
        return ""

    async def _version(self, xml: Element, _: Element, place: Place) -> str:
        if place.kind != "person" and not place.resource:
            return disco.version()
        found = await self._look(xml, place, "version")
        return (
            f"<query xmlns='jabber:iq:version'><name>{encode.text_node(found)}</name>"
            "<version/></query>"
        )

    async def _vcard(self, xml: Element, _: Element, place: Place) -> str:
        if place.kind != "person" and not place.resource:
            return "<vCard xmlns='vcard-temp'><FN>Tercet</FN></vCard>"
        found = await self._look(xml, place, "whois")
        nick = encode.text_node(place.resource or place.name)
        return (
            f"<vCard xmlns='vcard-temp'><FN>{nick}</FN><NICKNAME>{nick}</NICKNAME>"
            f"<DESC>{encode.text_node(found)}</DESC></vCard>"
        )

    async def _look(self, xml: Element, place: Place, what: str) -> str:
        """Ask about somebody on IRC."""
        nick = place.name
        if place.kind == "room":
            room, _ = self._inside(xml, place)
            nick = place.resource
            if room.occupants.called(nick) is None:
                raise Rejected(f"nobody is called {nick} here", "unknown")
        person = self._gateway.person(xml.get("from", ""))
        request = Look(person=person, network=place.server, nick=nick, what=what)  # type: ignore[arg-type]
        return str(await self._gateway.ask(request) or "")

    def _inside(self, xml: Element, place: Place) -> tuple["HostedRoom", Client]:
        """Return the room and who asks in it. Raises ``Rejected`` if they are not in it, with what
        a self-ping must get then (XEP-0410 §3)."""
        room = self._gateway.rooms.get(place.jid)
        client = room.clients.get(xml.get("from", "")) if room else None
        if room is None or client is None:
            raise Rejected("you are not in this room", "refused")
        return room, client

    # --- the gateway as such ---------------------------------------------------------------------

    async def _prompt(self, _xml: Element, _query: Element, _place: Place) -> str:
        return (
            f"<query xmlns='{_GATEWAY}'><desc>The nick of somebody, and the IRC server: "
            "nick%irc.example.org</desc><prompt>nick%server</prompt></query>"
        )

    async def _prompted(self, _xml: Element, query: Element, _place: Place) -> str:
        """Turn what somebody typed into an address (XEP-0100 §6.3)."""
        text = (query.findtext(f"{{{_GATEWAY}}}prompt") or "").strip()
        name, _, server = text.partition("%")
        if not name or (not server and not self._gateway.places.fixed):
            raise Rejected("write nick%server or #channel%server", "malformed")
        jid = self._gateway.places.person(name, server)
        return f"<query xmlns='{_GATEWAY}'><jid>{encode.text_node(jid)}</jid></query>"

    async def _registered(self, _xml: Element, _query: Element, place: Place) -> str:
        self._no_room(place)
        return (
            f"<query xmlns='{_REGISTER}'><registered/><instructions>You need not register: join a "
            "channel. Your settings are among the commands of each server.</instructions></query>"
        )

    async def _register(self, _xml: Element, _query: Element, place: Place) -> str:
        self._no_room(place)
        return ""

    def _no_room(self, place: Place) -> None:
        if place.kind not in ("gateway", "server"):
            raise Rejected("nicks are registered with NickServ, if the network has it", "closed")

    # --- rooms -----------------------------------------------------------------------------------

    async def _lists(self, xml: Element, query: Element, place: Place) -> str:
        return await moderation.show(*self._inside(xml, place), query)

    async def _moderate(self, xml: Element, query: Element, place: Place) -> str:
        return await moderation.act(*self._inside(xml, place), query)

    async def _remove(self, xml: Element, query: Element, place: Place) -> str:
        moderation.remove(*self._inside(xml, place), query)
        return ""

    async def _configuration(self, xml: Element, _: Element, place: Place) -> str:
        """A person's own settings in this room (XEP-0045 §10.2): nobody else is concerned."""
        settings = await self._settings(xml, place, {})
        fields = forms.of_settings(settings)
        form = forms.form(place.name, fields, f"{encode.MUC}#roomconfig")
        return f"<query xmlns='{OWNER}'>{form}</query>"

    async def _configure(self, xml: Element, query: Element, place: Place) -> str:
        if query.find(f"{{{OWNER}}}destroy") is not None:
            raise Rejected("a channel of IRC cannot be destroyed from here", "forbidden")
        filled = forms.submitted(query)
        if filled:
            settings = await self._settings(xml, place, {})
            if changes := forms.changes(settings, filled):
                await self._settings(xml, place, changes)
        return ""

    async def _settings(self, xml: Element, place: Place, changes: dict[str, str]) -> Settings:
        if place.kind != "room" or place.resource:
            raise Rejected("this is not a room", "unknown")
        person = self._gateway.person(xml.get("from", ""))
        request = Configure(
            person=person, network=place.server, address=place.name, changes=changes
        )
        answer = await self._gateway.ask(request)
        return answer if isinstance(answer, Settings) else Settings(())

    async def _command(self, xml: Element, query: Element, place: Place) -> str:
        return await self._commands.execute(address.bare(xml.get("from", "")), place, query)
