"""Who is who."""

from bridge.model import UserRef
from protocols.irc.casemap import folding
from protocols.irc.decode import Mask
from protocols.irc.identity import People


def people() -> People:
    return People("net", "run")


def test_a_guest_is_their_nick_and_an_account_is_itself() -> None:
    them = people()
    anna, bert = them.meet(Mask("Anna", "a", "h")), them.meet(Mask("bert"), "Bert")
    assert them.ref(anna) == UserRef("net", "nick:anna")
    assert them.account(anna).authority == anna.epoch
    assert them.account(anna).about == "Anna!a@h"
    assert them.ref(bert) == UserRef("net", "account:bert")
    assert them.account(bert).authority == "account:bert"
    assert them.meet(Mask("ANNA")) is anna
    assert them.find(UserRef("net", "account:bert")) is bert
    assert them.find(UserRef("other", "nick:anna")) is None


def test_a_nick_change_keeps_the_person_and_a_stranger_is_another() -> None:
    them = people()
    anna = them.meet(Mask("anna"))
    assert them.rename("anna", "annaaway") is anna
    stranger = them.meet(Mask("anna"))
    assert them.ref(anna).id == "nick:anna"
    assert them.ref(stranger).id == "nick:anna/2"
    assert anna.epoch != stranger.epoch
    them.forget(anna)
    them.forget(stranger)
    assert them.ref(them.meet(Mask("anna"))).id == "nick:anna"
    assert them.rename("nobody", "x") is None


def test_a_rename_onto_somebody_we_still_believed_in_leaves_no_key_behind() -> None:
    them = people()
    them.meet(Mask("ghost"))
    anna = them.meet(Mask("anna"))
    them.rename("anna", "ghost")
    assert them.get("ghost") is anna
    assert them.ref(them.meet(Mask("other"))).id == "nick:other"
    assert them.find(UserRef("net", "nick:ghost")) is None


def test_a_guest_who_logs_in_stays_who_they_were_and_has_their_account_s_authority() -> None:
    them = people()
    anna = them.meet(Mask("anna"))
    guest = them.account(anna)
    them.log_in(anna, "Anna", just_now=True)
    member = them.account(anna)
    assert guest.user == member.user == UserRef("net", "nick:anna")
    assert (guest.authority, member.authority) == (anna.epoch, "account:anna")
    assert them.is_hand("anna", guest)
    assert them.is_hand("Anna", member)
    them.rename("anna", "annaaway")
    stranger = them.meet(Mask("anna"))
    assert not them.is_hand("anna", guest)
    assert not them.is_hand("nobody", guest)
    them.log_in(stranger, "Anna", just_now=True)
    assert them.ref(stranger).id == "nick:anna/2"
    them.log_in(anna, "", just_now=True)
    assert (them.ref(anna).id, them.account(anna).authority) == ("nick:anna", anna.epoch)
    assert not them.is_hand("annaaway", member)


def test_learning_of_an_account_or_logging_out_of_it_changes_who_somebody_is() -> None:
    them = people()
    anna = them.meet(Mask("anna"))
    them.log_in(anna, "Anna")
    assert them.ref(anna).id == "account:anna"
    assert them.find(UserRef("net", "nick:anna")) is None
    them.log_in(anna, "", just_now=True)
    assert them.ref(anna).id == "nick:anna"


def test_somebody_unseen_is_described_and_not_remembered() -> None:
    them = people()
    told = them.passing(Mask("anna", "a", "h"), "")
    assert (told.user.id, told.authority) == ("nick:anna", "mask:anna!a@h")
    assert them.passing(Mask("x"), "Anna").user.id == "account:anna"
    assert len(them) == 0
    anna = them.meet(Mask("anna", "a", "h"))
    assert them.passing(Mask("anna"), "").authority == anna.epoch


def test_another_casemapping_rekeys_everybody() -> None:
    """C24"""
    them = people()
    one = them.meet(Mask("Nick[]"))
    assert them.meet(Mask("nick{}")) is one
    them.refold(folding("ascii"))
    assert them.get("nick[]") is one
    assert them.meet(Mask("nick{}")) is not one
