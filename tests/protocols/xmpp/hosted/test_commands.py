"""Ad-hoc commands, with biboumi's names."""

from xml.etree.ElementTree import Element

from bridge.model import Configure, Describe, Disconnect, Setting, Settings
from tests.protocols.xmpp.hosted.house import Client, House, condition, gateway, room
from tests.servers.clients.xmpp import Occupant
from tests.servers.prosody import Prosody

COMMANDS = "http://jabber.org/protocol/commands"
ITEMS = "http://jabber.org/protocol/disco#items"
SERVER = "irc.example.net@bridge.localhost"


def command(node: str, session: str = "", inside: str = "", action: str = "") -> str:
    more = f" sessionid='{session}'" if session else ""
    more += f" action='{action}'" if action else ""
    return f"<command xmlns='{COMMANDS}' node='{node}'{more}>{inside}</command>"


def submit(**fields: str) -> str:
    written = "".join(
        f"<field var='{name}'><value>{value}</value></field>" for name, value in fields.items()
    )
    return f"<x xmlns='jabber:x:data' type='submit'>{written}</x>"


def found(xml: Element) -> Element:
    command = xml.find(f"{{{COMMANDS}}}command")
    assert command is not None
    return command


def note(xml: Element) -> str | None:
    return found(xml).findtext(f"{{{COMMANDS}}}note")


async def nodes(client: Client, to: str) -> set[str]:
    answer = await client.ask(to, "get", f"<query xmlns='{ITEMS}' node='{COMMANDS}'/>")
    return {it.get("node", "") for it in answer.iter(f"{{{ITEMS}}}item")}


async def test_each_address_has_its_commands(anna: Client) -> None:
    assert await nodes(anna, "bridge.localhost") == {"ping", "hello", "disconnect-from-irc-server"}
    assert await nodes(anna, SERVER) == {"configure", "get-irc-connection-info"}
    assert await nodes(anna, room("#c")) == {"configure"}


async def test_a_command_without_a_form_is_done_at_once(house: House, anna: Client) -> None:
    assert note(await anna.ask("bridge.localhost", "set", command("ping"))) == "Pong"
    house.answers[Describe] = "Connected to irc.example.net on port 6697"
    answer = await anna.ask(SERVER, "set", command("get-irc-connection-info"))
    assert note(answer) == "Connected to irc.example.net on port 6697"
    assert found(answer).get("status") == "completed"


async def test_a_form_is_shown_and_filled_in(anna: Client) -> None:
    answer = await anna.ask("bridge.localhost", "set", command("hello"))
    assert found(answer).get("status") == "executing"
    session = found(answer).get("sessionid", "")
    filled = command("hello", session, submit(name="Anna"), "complete")
    assert note(await anna.ask("bridge.localhost", "set", filled)) == "Hello Anna!"
    again = await anna.ask("bridge.localhost", "set", filled)
    assert condition(again) == "bad-request"


async def test_a_command_can_be_cancelled(anna: Client) -> None:
    answer = await anna.ask("bridge.localhost", "set", command("hello"))
    session = found(answer).get("sessionid", "")
    answer = await anna.ask("bridge.localhost", "set", command("hello", session, "", "cancel"))
    assert found(answer).get("status") == "canceled"


async def test_settings_that_are_not_in_the_form_stay(house: House, anna: Client) -> None:
    kept = {"nick": "anna", "verify_cert": "true", "pass": "secret"}

    async def configure(request: Configure) -> Settings:
        assert (request.network, request.address) == ("irc.example.net", "")
        kept.update(request.changes)
        return Settings(
            (
                Setting("nick", "Nick", "text", kept["nick"]),
                Setting("verify_cert", "Verify certificate", "boolean", kept["verify_cert"]),
                Setting("pass", "Server password", "secret", "", is_set=True),
                Setting("after_connect_commands", "Commands", "lines", kept.get("x", "a\nb")),
            )
        )

    house.answers[Configure] = configure
    answer = await anna.ask(SERVER, "set", command("configure"))
    fields = {it.get("var"): it for it in answer.iter("{jabber:x:data}field")}
    assert fields["pass"].find("{jabber:x:data}value") is None
    assert [it.text for it in fields["after_connect_commands"]] == ["a", "b"]
    session = found(answer).get("sessionid", "")
    filled = command("configure", session, submit(nick="annika", **{"pass": ""}))
    assert "applied" in (note(await anna.ask(SERVER, "set", filled)) or "")
    assert kept == {"nick": "annika", "verify_cert": "true", "pass": "secret"}


async def test_connections_can_be_ended(house: House, anna: Client) -> None:
    nothing = await anna.ask("bridge.localhost", "set", command("disconnect-from-irc-server"))
    assert condition(nothing) == "item-not-found"
    await anna.join("#c", "anna")
    node = "disconnect-from-irc-server"
    answer = await anna.ask("bridge.localhost", "set", command(node))
    session = found(answer).get("sessionid", "")
    fields = submit(**{"irc-servers": "irc.example.net", "quit-message": "bye"})
    await anna.ask("bridge.localhost", "set", command(node, session, fields))
    asked = await house.was_asked(Disconnect)
    assert (asked.network, asked.text) == ("irc.example.net", "bye")


async def test_only_admins_disconnect_others(prosody: Prosody, house: House, anna: Client) -> None:
    refused = await anna.ask("bridge.localhost", "set", command("disconnect-user"))
    assert condition(refused) == "forbidden"
    unknown = await anna.ask("bridge.localhost", "set", command("nothing"))
    assert condition(unknown) == "item-not-found"


async def test_an_admin_disconnects_somebody(prosody: Prosody) -> None:
    async with gateway(prosody, admins=["carol@localhost"]) as house:
        occupant = Occupant("carol", prosody.c2s_port)
        await occupant.connect()
        carol = Client(occupant)
        await carol.join("#c", "carol")
        answer = await carol.ask("bridge.localhost", "set", command("disconnect-user"))
        options = [it.text for it in answer.iter("{jabber:x:data}value")]
        assert options == ["carol@localhost"]
        session = found(answer).get("sessionid", "")
        filled = command("disconnect-user", session, submit(jids="carol@localhost"))
        answer = await carol.ask("bridge.localhost", "set", filled)
        assert note(answer) == "1 users have been disconnected."
        assert (await house.was_asked(Disconnect)).person.user.id == "carol@localhost"
        await occupant.close()


async def test_with_one_server_the_gateway_has_its_commands(prosody: Prosody) -> None:
    async with gateway(prosody, fixed_irc_server="irc.example.net"):
        occupant = Occupant("carol", prosody.c2s_port)
        await occupant.connect()
        carol = Client(occupant)
        known = await nodes(carol, "bridge.localhost")
        assert {"server-configure", "get-irc-connection-info"} <= known
        await occupant.close()
