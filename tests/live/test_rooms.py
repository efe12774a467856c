"""What happens in rooms beside messages: topics, refusals, people who come, go, and are put out."""

import asyncio

from tests.live.stage import Stage


async def eventually(condition, seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.1)


async def test_a_topic_crosses_from_every_side(stage: Stage):
    stage.power = 50
    await stage.open()
    stage.bob.send(f"MODE {stage.channel} -t")  # else only operators set topics there
    stage.alice.set_affiliation(stage.muc, f"tercet@{stage.prosody.component}", "admin")
    stage.alice.subject(stage.muc, "tea at four")
    await stage.bob.line(lambda line: line.command == "TOPIC" and line.params[-1] == "tea at four")
    await stage.carol.wait_for(lambda said: (said.kind, said.body) == ("subject", "tea at four"))
    await stage.carol.topic(stage.room, "tea at five")
    await stage.bob.line(lambda line: line.command == "TOPIC" and line.params[-1] == "tea at five")
    await stage.alice.wait_for(lambda said: (said.kind, said.body) == ("subject", "tea at five"))
    await asyncio.sleep(1.1)  # InspIRCd takes one topic a second
    stage.bob.topic(stage.channel, "tea at six")
    await stage.alice.wait_for(lambda said: (said.kind, said.body) == ("subject", "tea at six"))
    await stage.carol.wait_for(lambda said: (said.kind, said.body) == ("subject", "tea at six"))


async def test_who_speaks_into_a_moderated_channel_is_told_on_their_own_network(stage: Stage):
    await stage.open()
    stage.bob.send(f"MODE {stage.channel} +m")
    await stage.bob.line(lambda line: line.command == "MODE" and "+m" in line.text)
    told = asyncio.create_task(_private(stage))
    await stage.say("xmpp", "can you hear me?")
    await stage.carol.wait_for(lambda said: said.body == "can you hear me?")
    assert "not delivered to #lounge on irc" in await told
    await stage.say("matrix", "and me?")
    failed = await stage.carol.event(
        lambda event: event["type"] == "com.beeper.message_send_status", 20
    )
    assert failed["content"]["status"] == "FAIL_PERMANENT"
    await stage.carol.wait_for(lambda said: "not delivered to #lounge on irc" in said.body)
    assert not any("hear me" in said.body for said in stage.heard("irc"))


async def _private(stage: Stage) -> str:
    """Wait for what the bridge writes to Alice alone."""
    found: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def take(message) -> None:
        if message["type"] == "chat" and not found.done():
            found.set_result(message["body"])

    stage.alice.client.add_event_handler("message", take)
    return await asyncio.wait_for(found, 20)


async def test_people_have_puppets_once_they_speak_and_take_them_along(stage: Stage):
    await stage.open()
    assert "bob" not in stage.alice.present(stage.muc)
    await stage.say("irc", "hello")
    await stage.alice.occupants(stage.muc, {"bob"})
    await stage.carol.wait_for(lambda said: said.body == "hello")
    ghosts = [m for m in await stage.carol.members(stage.room) if "bob" in m]
    assert len(ghosts) == 1
    await stage.bob.rename("robert")
    await stage.alice.occupants(stage.muc, {"robert"}, 20)

    async def is_renamed() -> bool:
        return (await stage.carol.members(stage.room)).get(ghosts[0]) == "robert"

    await eventually(is_renamed, 30)
    stage.bob.send(f"PART {stage.channel} :bye")

    async def is_gone() -> bool:
        here = stage.alice.present(stage.muc)
        return "robert" not in here and ghosts[0] not in await stage.carol.members(stage.room)

    await eventually(is_gone)


async def test_a_puppet_that_is_kicked_stays_out_and_its_person_is_told(stage: Stage):
    await stage.open()
    await stage.say("matrix", "hello")
    await stage.alice.occupants(stage.muc, {"carol"})
    stage.alice.set_role(stage.muc, "carol", "none", "flood")
    told = await stage.carol.wait_for(lambda said: "You were removed from" in said.body, 20)
    assert "flood" in told.body
    await stage.say("matrix", "still me")
    said = await stage.alice.wait_for(lambda said: "still me" in said.body)
    assert (said.nick, said.body) == ("tercet", "<carol> still me")
    assert "carol" not in stage.alice.present(stage.muc)


async def test_an_unlinked_room_is_told_and_left(stage: Stage):
    await stage.open()
    await stage.say("irc", "hello")
    await stage.alice.occupants(stage.muc, {"bob", "tercet"})
    portal = (await asyncio.to_thread(stage.tercet.command, "rooms"))[0]["name"]
    await asyncio.to_thread(stage.tercet.command, "unlink", portal)
    await stage.bob.wait_for(lambda said: "no longer linked" in said.body)

    async def is_empty() -> bool:
        members = await stage.carol.members(stage.room)
        return stage.alice.present(stage.muc) == {"alice"} and len(members) == 1

    await eventually(is_empty)
