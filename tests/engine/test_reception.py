"""What people of hosted rooms ask for is passed on."""

import pytest

from bridge.engine.reception import Reception
from bridge.model import Account, ListRooms, Rejected, UserRef


async def test_what_nobody_can_do_is_refused():
    with pytest.raises(Rejected):
        await Reception(None).ask(
            ListRooms(person=Account(UserRef("xmpp", "anna@x"), "anna"), network="nowhere")
        )
