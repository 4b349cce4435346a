"""Messages that are too large, or mean two things (S-19, S-21, S-25)."""

import asyncio
import re

import pytest

from tests.attack.test_account import CAROLS_NUMBER, CONTACT, WITNESS, register, reply
from tests.attack.town import Town
from tests.attack.wire import SDP, Ask, status, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARRIER = "127.0.0.2"
ANSWER_S = 5.0
MANY = 10_000
BODY = SDP.format(host=CARRIER, port=4000)
LINES = {
    "64 KiB header line": ("Subject: " + "x" * 65_000,),
    "10,000 headers": ("X: 1",) * MANY,
    "1,500 Via": ("Via: SIP/2.0/UDP a;branch=z9hG4bKa",) * 1500,
    "3,000 Route": ("Route: <sip:a;lr>",) * 3000,
    "Accept of 10,000": ("Accept: " + ",".join(["a/b"] * MANY),),
}
BODIES = {
    "500 m-lines": BODY + "m=audio 4000 RTP/AVP 8\r\n" * 500,
    "1,000 candidates": BODY + "a=candidate:1 1 UDP 1 10.0.0.1 9 typ host\r\n" * 1000,
    "1 MB SDP": BODY + "a=x\r\n" * 200_000,
}
# What is sent, and the one status that it may have.
SMUGGLED = {
    "space before the colon": ("Subject : a", 200),
    "two Max-Forwards, one with a space": ("Max-Forwards : 1", 400),
    "tab and folding": ("Subject:\t a\r\n b", 200),
    "two From": ("From: <sip:1001@acme.example>;tag=z", 400),
    "long and compact Call-ID": ("i: other", 400),
    "two CSeq": ("CSeq: 2 BYE", 400),
    "two To": ("t: <sip:1002@acme.example>", 400),
}
INJECTIONS = (
    "${system(id)}",
    "$(id)",
    "01632960101|x",
    "1003%0d%0aX-Evil:%201",
    "%00",
)


@pytest.mark.requirement("S-19")
@pytest.mark.parametrize("name", LINES)
async def test_a_huge_header_is_refused_or_dropped(town: Town, name: str) -> None:
    async with town.under(f"S-19 {name}", "4xx or dropped"):
        async with wire(town.pbx.port, CARRIER) as peer:
            text = peer.text(Ask(method="INVITE", user=CAROLS_NUMBER, lines=LINES[name]))
            for _ in range(5):
                peer.send(text[:65_000])
            assert {status(one) for one in await peer.drain()} <= {400, 413, 431, 493, 503, 513}


@pytest.mark.requirement("S-19")
@pytest.mark.parametrize("name", BODIES)
async def test_a_huge_description_is_refused_or_dropped(town: Town, name: str) -> None:
    async with town.under(f"S-19 {name}", "4xx, or closed"):
        async with wire(town.pbx.port, CARRIER) as peer:
            ask = Ask(method="INVITE", user=CAROLS_NUMBER, via="TCP", lines=(CONTACT,), body=BODIES[name])
            text = peer.text(ask)
        reader, writer = await asyncio.open_connection("127.0.0.1", town.pbx.port, local_addr=(CARRIER, 0))
        writer.write(text.encode())
        said = b""
        async with asyncio.timeout(ANSWER_S):
            while not re.search(rb"SIP/2\.0 [2-6]\d\d", said) and (octets := await reader.read(65536)):
                said += octets
        assert re.search(rb"SIP/2\.0 [45]\d\d", said), said
        writer.close()


@pytest.mark.requirement("S-21")
@pytest.mark.parametrize("name", SMUGGLED)
async def test_a_header_means_one_thing(town: Town, name: str) -> None:
    line, expected = SMUGGLED[name]
    async with town.under(f"S-21 {name}", str(expected)):
        async with wire(town.pbx.port, CARRIER) as peer:
            assert status(await peer.final(Ask(method="OPTIONS", lines=(line,)))) == expected


@pytest.mark.requirement("S-25")
async def test_what_looks_like_a_program_is_a_number_nobody_has(town: Town) -> None:
    async with town.under("S-25 injection in the number", "4xx; no telephone rings"):
        async with wire(town.pbx.port, WITNESS) as carol, wire(town.pbx.port, CARRIER) as caller:
            assert status(await register(town, "1003", carol, CONTACT)) == 200
            for user in INJECTIONS:
                answer = await caller.final(Ask(method="INVITE", user=user, lines=(CONTACT,), body=BODY))
                assert 400 <= status(answer) < 500, (user, answer)
            assert [one for one in await carol.drain() if one.startswith("INVITE")] == []
            await register(town, "1003", carol, "Contact: *", "Expires: 0")


@pytest.mark.requirement("S-25")
async def test_a_name_is_shown_as_it_is_and_nothing_more(town: Town) -> None:
    async with town.under("S-25 injection in the name", "shown as text; no header of its own"):
        async with wire(town.pbx.port, WITNESS) as carol, wire(town.pbx.port, CARRIER) as caller:
            assert status(await register(town, "1003", carol, CONTACT)) == 200
            text = caller.text(Ask(method="INVITE", user=CAROLS_NUMBER, lines=(CONTACT,), body=BODY))
            name = '"${CALLERID} | a; b%0d%0aX-Evil: 1 \\\\" <sip:'
            caller.send(text.replace("From: <sip:", f"From: {name}"))
            invite = await carol.next(lambda one: one.startswith("INVITE"))
            assert not re.search(r"^X-Evil", invite, re.MULTILINE | re.IGNORECASE)
            carol.send(reply(invite, 486))
            assert status(await caller.next(lambda one: status(one) >= 200, 20.0)) >= 400
            await register(town, "1003", carol, "Contact: *", "Expires: 0")
