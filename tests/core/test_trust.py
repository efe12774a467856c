"""Only the same hand may change what was said."""

import pytest

from bridge.core.trust import same_hand
from bridge.model import Account, UserRef

ANNA = Account(UserRef("irc", "nick:anna"), "anna", authority="epoch 1")


@pytest.mark.parametrize(
    ("before", "now", "same"),
    [
        (ANNA, Account(ANNA.user, "anna_", authority="epoch 1"), True),
        (ANNA, Account(ANNA.user, "anna", authority="epoch 2"), False),
        (ANNA, Account(ANNA.user, "anna"), False),
        (ANNA, Account(UserRef("irc", "nick:bob"), "anna", authority="epoch 1"), False),
        (Account(ANNA.user, "anna"), ANNA, True),
        (None, ANNA, False),
        (ANNA, None, False),
    ],
)
def test_a_name_proves_nothing(before, now, same):
    assert same_hand(before, now) is same
