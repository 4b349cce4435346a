"""Calls of others, and calls that never end (S-09, S-10, S-13)."""

import re

import pytest

from tests.attack.raw_call import dialled
from tests.attack.test_account import CAROLS_NUMBER, CONTACT, ROOM, WITNESS, register, reply
from tests.attack.town import Town
from tests.attack.wire import SDP, Ask, header, status, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

TAG_DIGITS = 16  # of 4 bits
MAX_CONTACTS = 10
FINAL_S = 20.0


@pytest.mark.requirement("S-09")
async def test_guessed_dialogs_do_not_exist(town: Town) -> None:
    async with town.under("S-09 guessed REFER, BYE, Replaces", "481; tags of 64 random bits"):
        async with wire(town.pbx.port, "127.0.0.2") as caller, wire(town.pbx.port, "127.0.0.73") as eve:
            async with dialled(caller) as call:
                tag = call.ask.to_tag
                assert len(re.findall("[0-9a-f]", tag)) >= TAG_DIGITS
                for method in ("REFER", "BYE", "INFO", "UPDATE", "INVITE", "NOTIFY"):
                    for guess in (tag[:-1] + "x", "0" * 16, tag.upper() + "0"):
                        ask = Ask(
                            method=method,
                            call_id=call.ask.call_id,
                            to_tag=guess,
                            cseq=7,
                            lines=(ROOM, "Refer-To: <sip:90900123456@acme.example>"),
                        )
                        assert {status(one) for one in await eve.ask(ask)} <= {481}
                replaces = f"Replaces: {call.ask.call_id};to-tag={tag[:-1]}x;from-tag=e"
                invite = Ask(
                    method="INVITE",
                    user="1002",
                    caller="1001",
                    lines=(ROOM, CONTACT, replaces),
                    body=SDP.format(host="127.0.0.73", port=4000),
                )
                assert status(await eve.proven(invite, town.pbx.secret("1001"))) == 481


@pytest.mark.requirement("S-09")
async def test_a_stolen_dialog_is_of_no_use_elsewhere(town: Town) -> None:
    """Eve knows the Call-ID and both tags of a call, from another address."""
    async with (
        town.under("S-09 stolen REFER, BYE, INVITE", "403; the call goes on"),
        wire(town.pbx.port, "127.0.0.2") as caller,
        wire(town.pbx.port, "127.0.0.73") as eve,
        dialled(caller) as call,
    ):
        for number, method in enumerate(("REFER", "BYE", "INFO", "UPDATE", "INVITE")):
            lines = (ROOM, CONTACT, "Refer-To: <sip:90900123456@acme.example>")
            stolen = call.request(method, 20 + number, *lines)
            assert {status(one) for one in await eve.ask(stolen)} == {403}
        assert not [one for one in await caller.drain() if one.startswith("BYE")]


@pytest.mark.requirement("S-10")
async def test_a_carrier_cannot_have_us_call_a_premium_number(town: Town) -> None:
    targets = (
        "sip:90900123456@acme.example",
        "sip:1003@acme.example?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc",
        "sip:1003@acme.example?Authorization=Digest%20x&X-Evil=1",
    )
    async with (
        town.under("S-10 REFER to a premium number", "refused; nothing at carrier or telephone"),
        wire(town.pbx.port, "127.0.0.2", 5070) as outside,
        wire(town.pbx.port, "127.0.0.2") as caller,
        wire(town.pbx.port, WITNESS) as witness,
    ):
        assert status(await register(town, "1003", witness, CONTACT)) == 200
        async with dialled(caller) as call:
            for number, target in enumerate(targets):
                answer = await caller.final(call.request("REFER", 10 + number, f"Refer-To: <{target}>"))
                assert status(answer) >= 400
        assert not [one for one in await outside.drain() if one.startswith("INVITE")]
        assert await witness.drain() == []
        await register(town, "1003", witness, "Contact: *", "Expires: 0")


@pytest.mark.requirement("S-13")
async def test_a_call_without_hops_left_ends(town: Town) -> None:
    async with town.under("S-13 Max-Forwards 0", "483"), wire(town.pbx.port, "127.0.0.2") as caller:
        answer = await caller.final(Ask(method="INVITE", user=CAROLS_NUMBER, hops=0, lines=(CONTACT,)))
        assert status(answer) == 483


@pytest.mark.requirement("S-13")
async def test_nobody_registers_the_pbx_as_his_telephone(town: Town) -> None:
    async with town.under("S-13 self-call by registration", "403"):
        async with wire(town.pbx.port, WITNESS) as carol:
            contact = f"Contact: <sip:1003@127.0.0.1:{town.pbx.port}>"
            assert status(await register(town, "1003", carol, contact)) == 403


@pytest.mark.requirement("S-13")
async def test_a_telephone_that_redirects_to_itself_ends_the_call(town: Town) -> None:
    async with town.under("S-13 loop of 302", "a failure; two INVITEs at most"):
        async with wire(town.pbx.port, WITNESS) as carol, wire(town.pbx.port, "127.0.0.2") as caller:
            assert status(await register(town, "1003", carol, CONTACT)) == 200
            ask = Ask(
                method="INVITE",
                user=CAROLS_NUMBER,
                lines=(CONTACT,),
                body=SDP.format(host="127.0.0.2", port=4000),
            )
            caller.send(caller.text(ask))
            invite = await carol.next(lambda text: text.startswith("INVITE"))
            carol.send(reply(invite, 302, "Contact: <sip:1003@acme.example>"))
            final = await caller.next(lambda text: status(text) >= 200, FINAL_S)
            assert status(final) >= 400
            assert len([one for one in carol.heard if one.startswith(b"INVITE")]) <= 2
            await register(town, "1003", carol, "Contact: *", "Expires: 0")


@pytest.mark.requirement("S-13")
async def test_a_call_forks_to_ten_at_most(town: Town) -> None:
    async with town.under("S-13 fork bomb of 60 contacts", "refused; ten INVITEs at most"):
        async with wire(town.pbx.port, WITNESS) as carol, wire(town.pbx.port, "127.0.0.2") as caller:
            contacts = [f"Contact: <sip:c{number}@{WITNESS}:{carol.bound[1]}>" for number in range(60)]
            statuses = [status(await register(town, "1003", carol, *contacts))]
            statuses += [
                status(await register(town, "1003", carol, one)) for one in contacts[: MAX_CONTACTS + 3]
            ]
            assert statuses.count(200) == MAX_CONTACTS
            ask = Ask(
                method="INVITE",
                user=CAROLS_NUMBER,
                lines=(CONTACT,),
                body=SDP.format(host="127.0.0.2", port=4000),
            )
            caller.send(caller.text(ask))
            heard = [text for text in await carol.drain(0.3) if text.startswith("INVITE")]
            assert len({header(text, "Call-ID") for text in heard}) <= MAX_CONTACTS
            for text in heard:
                carol.send(reply(text, 486))
            assert status(await caller.next(lambda text: status(text) >= 200, FINAL_S)) >= 400
            await register(town, "1003", carol, "Contact: *", "Expires: 0")
