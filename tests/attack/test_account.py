"""People with an account, or who want one (S-05, S-07, S-08, S-11): nobody gets more than is his."""

import re
from dataclasses import replace

import pytest

from tests.attack.town import Town, device
from tests.attack.wire import SDP, Ask, Wire, header, status, tag_of, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

WITNESS = "127.0.0.69"
CONTACT = "Contact: <sip:witness@{host}:{port}>"
ROOM = "User-Agent: " + "x" * 400  # so that even a long answer is no larger than the request
METHODS = ("MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER", "UPDATE", "PRACK", "FOO", "INVITE")
OFFER = SDP.format(host=WITNESS, port=4000)
CAROLS_NUMBER = "01632960101"


async def register(town: Town, extension: str, on: Wire, *lines: str) -> str:
    """Register an extension octet by octet; return the answer."""
    ask = Ask(method="REGISTER", user=extension, lines=(ROOM, *lines))
    return await on.proven(ask, town.pbx.secret(extension))


def reply(request: str, code: int, *lines: str) -> str:
    """Return a response of a device to a request of the PBX."""
    kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq|Record-Route):.*$", request, re.MULTILINE)
    fields = [
        line if "tag=" in line or not line.startswith("To:") else f"{line.rstrip()};tag=w" for line in kept
    ]
    return "\r\n".join(
        [f"SIP/2.0 {code} X", *(one.rstrip() for one in fields), *lines, "Content-Length: 0", "", ""]
    )


def answered(invite: str) -> str:
    """Return a 200 with a session description."""
    whole = reply(invite, 200, f"Contact: <sip:w@{WITNESS}>", "Content-Type: application/sdp")
    return whole.replace("Content-Length: 0", f"Content-Length: {len(OFFER)}") + OFFER


@pytest.mark.requirement("S-05")
async def test_nobody_registers_for_somebody_else(town: Town) -> None:
    bob = device(town.pbx, "1002")
    async with town.under("S-05 registration hijack", "403, 403, 400; bindings intact"):
        await bob.start()
        await bob.register()
        secret = town.pbx.secret("1001")
        async with wire(town.pbx.port, "127.0.0.71") as mallory:
            for ask in (
                Ask(method="REGISTER", user="1002", lines=(ROOM, CONTACT)),
                Ask(method="REGISTER", user="1002", caller="1001", lines=(ROOM, CONTACT)),
                Ask(method="REGISTER", user="1001", to="1002", lines=(ROOM, CONTACT)),
                Ask(method="REGISTER", user="1002", lines=(ROOM, "Contact: *", "Expires: 0")),
            ):
                assert status(await mallory.proven(ask, secret, "1001")) == 403
            assert status(await register(town, "1001", mallory, "Contact: *", "Expires: 3600")) == 400
            listed = await register(town, "1002", mallory)
            assert re.findall(r"^Contact: <sip:[^@]*@([^;>]+)", listed, re.MULTILINE) == [str(bob.bound)]
        await bob.close()


@pytest.mark.requirement("S-07")
async def test_a_callee_who_asks_for_a_password_gets_none(town: Town) -> None:
    """He names the realm of our carrier in answer to the INVITE, then to the BYE of an answered call."""
    asks = 'WWW-Authenticate: Digest realm="carrier.example", nonce="1", algorithm=MD5, qop="auth"'
    async with town.under("S-07 digest leak", "no Authorization is sent, the call ends"):
        async with wire(town.pbx.port, WITNESS) as rogue, wire(town.pbx.port, "127.0.0.2") as caller:
            assert status(await register(town, "1003", rogue, CONTACT)) == 200
            ask = Ask(method="INVITE", user=CAROLS_NUMBER, caller="+447700900198", lines=(CONTACT,))
            caller.send(caller.text(ask))
            invite = await rogue.next(lambda text: text.startswith("INVITE"))
            rogue.send(reply(invite, 401, asks))
            rogue.send(reply(invite, 401, asks))
            await rogue.drain(0.5)
            assert [one for one in rogue.heard if one.startswith(b"ACK")]
            caller.send(caller.text(replace(ask, body=OFFER)))
            rogue.send(answered(await rogue.next(lambda text: text.startswith("INVITE"))))
            answer = await caller.next(lambda text: status(text) == 200)
            done = replace(ask, call_id=header(answer, "Call-ID"), to_tag=tag_of(answer))
            caller.send(caller.text(replace(done, method="ACK")))
            caller.send(caller.text(replace(done, method="BYE", cseq=2)))
            rogue.send(reply(await rogue.next(lambda text: text.startswith("BYE")), 401, asks))
            await rogue.drain(0.5)
            assert not [one for one in rogue.heard if b"authorization:" in one.lower()]
            await register(town, "1003", rogue, "Contact: *", "Expires: 0")


@pytest.mark.requirement("S-08")
async def test_nothing_of_strangers_reaches_a_telephone(town: Town) -> None:
    async with town.under("S-08 requests without a password", "401, 403, 405 or 481; nothing is relayed"):
        async with wire(town.pbx.port, WITNESS) as witness, wire(town.pbx.port) as eve:
            assert status(await register(town, "1003", witness, CONTACT)) == 200
            for method in METHODS:
                for tag in ("", "guessed"):
                    answer = await eve.final(
                        Ask(method=method, user="1003", caller="1001", to_tag=tag, lines=(ROOM,))
                    )
                    assert status(answer) in (401, 403, 405, 481), answer
            assert await witness.drain() == []
            await register(town, "1003", witness, "Contact: *", "Expires: 0")


@pytest.mark.requirement("S-11")
async def test_nobody_calls_out_without_a_password(town: Town) -> None:
    async with town.under("S-11 toll fraud without an account", "401 or silence; nothing at the carrier"):
        async with (
            wire(town.pbx.port, "127.0.0.2", 5070) as outside,
            wire(town.pbx.port, "127.0.0.72") as eve,
        ):
            for caller in ("anonymous", "1001", "+447700900123", "asterisk"):
                for number in ("90900123456", "900905551234", "9011442079460000", "+882991234"):
                    answers = await eve.ask(Ask(method="INVITE", user=number, caller=caller, lines=(ROOM,)))
                    assert {status(one) for one in answers} <= {401}
            assert not [one for one in outside.heard if one.startswith(b"INVITE")]
            assert not [one for one in await outside.drain() if one.startswith("INVITE")]
