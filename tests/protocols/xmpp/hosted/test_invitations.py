"""Invitations, both ways."""

import pytest

from bridge.model import Invite, Invited, Rejected
from tests.protocols.xmpp.hosted.house import Client, House, condition, ours, room

USER = "{http://jabber.org/protocol/muc#user}"


def invite(client: Client, channel: str, to: str) -> None:
    client.send(
        f"<message id='i1' to='{room(channel)}'><x xmlns='http://jabber.org/protocol/muc#user'>"
        f"<invite to='{to}'><reason>come &amp; see</reason></invite></x></message>"
    )


@pytest.mark.parametrize(
    "to", ["bob", "bob%irc.example.net@bridge.localhost", "x@bridge.localhost/bob"]
)
async def test_people_of_irc_are_invited_there(house: House, anna: Client, to: str) -> None:
    await anna.join("#invite", "anna")
    invite(anna, "#invite", to)
    assert (await house.was_asked(Invite)).nick == "bob"


async def test_people_of_xmpp_are_invited_by_the_room(anna: Client, otto: Client) -> None:
    await anna.join("#invite", "anna")
    invite(anna, "#invite", "bob@localhost")
    seen = await otto.message(lambda xml: xml.find(f"{USER}x/{USER}invite") is not None)
    found = seen.find(f"{USER}x/{USER}invite")
    assert found is not None
    assert (seen.get("from"), found.get("from")) == (room("#invite"), f"{room('#invite')}/anna")
    assert found.findtext(f"{USER}reason") == "come & see"


async def test_a_direct_invitation_to_a_nick_goes_to_irc(house: House, anna: Client) -> None:
    await anna.join("#direct", "anna")
    anna.send(
        "<message to='bob%irc.example.net@bridge.localhost'>"
        f"<x xmlns='jabber:x:conference' jid='{room('#direct')}'/></message>"
    )
    assert (await house.was_asked(Invite)).nick == "bob"


async def test_an_invitation_from_irc_arrives(house: House, anna: Client) -> None:
    assert house.network
    house.network.display(Invited("irc.example.net", "#Secret", ours("alice"), "bob"))
    seen = await anna.message()
    found = seen.find(f"{USER}x/{USER}invite")
    assert found is not None
    assert (seen.get("from"), found.get("from")) == (room("#secret"), f"{room('#secret')}/bob")


async def test_a_refusal_comes_back(house: House, anna: Client) -> None:
    house.answers[Invite] = Rejected("is already on channel", "refused")
    await anna.join("#invite", "anna")
    invite(anna, "#invite", "bob")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert (error.get("id"), condition(error)) == ("i1", "not-acceptable")


async def test_who_writes_to_the_room_otherwise_is_told_how(anna: Client) -> None:
    await anna.join("#form", "anna")
    anna.send(f"<message type='chat' to='{room('#form')}'><body>hi</body></message>")
    error = await anna.message(lambda xml: xml.get("type") == "error")
    assert condition(error) == "bad-request"
