"""The member list of a channel."""

from bridge.model import MembersChanged, RoomRef, UserRef
from protocols.irc.casemap import folding
from protocols.irc.decode import Mask
from protocols.irc.identity import People
from protocols.irc.roster import MOMENT, REHOST_MOMENT, Members

ROOM = RoomRef("net", "#c")


def members(*nicks: str) -> Members:
    them = Members(ROOM, People("net", "run"))
    for nick in nicks:
        them.name(them.people.meet(Mask(nick)))
    them.named()
    return them


def ref(nick: str) -> UserRef:
    return UserRef("net", f"nick:{nick}")


def join(them: Members, nick: str, account: str = "") -> None:
    them.join(them.people.meet(Mask(nick), account))


def test_a_netsplit_of_3000_is_one_change() -> None:
    nicks = [f"n{number}" for number in range(3000)]
    them = members("stays", *nicks)
    for nick in nicks:
        them.leave(nick, "hub.a leaf.b", transient=True)
    (change,) = them.drain()
    assert change.transient
    assert len(change.left) == 3000
    assert len(them) == 1
    assert len(them.people) == 1
    for nick in nicks:
        join(them, nick)
    (change,) = them.drain()
    assert [account.user for account in change.joined] == [ref(nick) for nick in nicks]


def test_who_comes_back_within_the_moment_was_never_gone() -> None:
    them = members("anna")
    them.leave("anna", "Changing host", transient=True)
    them.rehosting = True
    assert them.moment == REHOST_MOMENT
    join(them, "anna")
    assert them.moment is None
    assert them.drain() == []
    join(them, "bert")
    assert them.moment == MOMENT
    them.leave("bert", "bye")
    assert them.drain() == []


def test_changes_are_told_with_their_reason() -> None:
    them = members("anna", "bert", "cyd")
    them.leave("anna", "bye")
    them.leave("bert", "Ping timeout", transient=True)
    them.rename("cyd", them.people.rename("cyd", "dan"))  # type: ignore[arg-type]
    lasting, passing, came = them.drain()
    assert lasting == MembersChanged(ROOM, left=(ref("anna"),), reason="bye")
    assert passing == MembersChanged(
        ROOM, left=(ref("bert"),), reason="netsplit", how="quit", transient=True
    )
    assert [(a.user, a.name) for a in came.renamed] == [(ref("cyd"), "dan")]
    assert "DAN" in them
    assert them.leave("nobody", "") is None


def test_an_account_is_gone_when_its_last_connection_is() -> None:
    them = members()
    join(them, "anna", "anna")
    join(them, "anna_", "anna")
    (change,) = them.drain()
    assert len(change.joined) == 1
    them.leave("anna", "bye")
    assert them.drain() == []
    them.leave("anna_", "bye")
    (change,) = them.drain()
    assert change.left == (UserRef("net", "account:anna"),)


def test_logging_in_is_another_person() -> None:
    them = members("anna")
    anna = them.get("anna")
    assert anna is not None
    before = anna.key
    them.people.log_in(anna, "anna")
    them.become(anna, before)
    left, came = them.drain()
    assert left.left == (ref("anna"),)
    assert came.joined[0].user == UserRef("net", "account:anna")


def test_a_new_list_replaces_the_old_one_and_forgets_who_is_gone() -> None:
    them = members("anna", "bert")
    anna = them.get("anna")
    them.name(them.people.meet(Mask("anna")))
    them.name(them.people.meet(Mask("cyd")))
    roster = them.named()
    assert {account.name for account in roster.members} == {"anna", "cyd"}
    assert them.get("anna") is anna
    assert anna is not None
    assert anna.channels == 1
    assert them.people.get("bert") is None
    them.people.refold(folding("ascii"))
    them.refold()
    assert "ANNA" in them
    them.clear()
    assert len(them.people) == 0
