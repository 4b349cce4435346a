"""Scanners and guessers (S-01 to S-04): they learn nothing, and nobody else is banned for them."""

import asyncio
import re
import statistics
from dataclasses import replace
from time import monotonic

import pytest

from pbx.core.secret import Secret
from tests.attack.town import Town, carrier, device, set_up
from tests.attack.wire import Ask, authorization, status, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

KNOWN, UNKNOWN = ("1001", "1002", "1003"), ("1004", "1999", "1000")
METHODS = ("REGISTER", "INVITE", "SUBSCRIBE")
N_SOURCES = 12
SAME_S = 0.005
N_GUESSES, PER_S = 160, 45
EVALUATED = 5
FAST_PER_S = 400  # paced, so that this process itself has time to call meanwhile
WRONG = Secret("wrong")


@pytest.mark.requirement("S-01")
async def test_a_sweep_over_addresses_hears_nothing(town: Town) -> None:
    async with town.under("S-01 svmap sweep", "silence; our own domain: 200 without version"):
        async with wire(town.pbx.port) as eve:
            for method in ("OPTIONS", "INVITE", "REGISTER", "FOO", "ACK", "CANCEL"):
                for number in range(12):
                    host = f"203.0.113.{number}"
                    eve.send(eve.text(Ask(method=method, host=host)))
            assert await eve.drain() == []
        async with wire(town.pbx.port, "127.0.0.67") as honest:
            answer = await honest.final(Ask(method="OPTIONS", lines=("X-Padding: " + "x" * 400,)))
            assert status(answer) == 200
            banner = re.findall(r"^(?:Server|User-Agent): (.*)$", answer, re.MULTILINE)
            assert not re.search(r"\d", "".join(banner))


def shape(answer: str, user: str) -> str:
    """Return an answer without what differs between any two requests."""
    plain = answer.replace(user, "USER")
    plain = re.sub(r'nonce="[^"]*"', "NONCE", plain)
    return re.sub(r"tag=[^;\s>]+|^(Via|Call-ID):.*$", "", plain, flags=re.MULTILINE)


@pytest.mark.requirement("S-02")
@pytest.mark.parametrize("method", METHODS)
async def test_known_and_unknown_users_are_told_the_same(town: Town, method: str) -> None:
    """Twelve sources, each below its own limits, compare the first challenge and a wrong password."""
    first_s: dict[bool, list[float]] = {True: [], False: []}
    wrong_s: dict[bool, list[float]] = {True: [], False: []}
    shapes: set[str] = set()
    async with town.under(f"S-02 svwar {method}", "known = unknown: text, length, median within 5 ms"):
        for number in range(N_SOURCES):
            async with wire(town.pbx.port, f"127.1.{METHODS.index(method)}.{number + 1}") as eve:
                for users in zip(KNOWN, UNKNOWN, strict=True):
                    for user in users if number % 2 else reversed(users):
                        ask = Ask(method=method, user=user, lines=("User-Agent: " + "x" * 400,))
                        began = monotonic()
                        challenged = await eve.final(ask)
                        first_s[user in KNOWN].append(monotonic() - began)
                        answer = f"Authorization: {authorization(challenged, ask, WRONG)}"
                        again = replace(ask, cseq=2, lines=(*ask.lines, answer))
                        began = monotonic()
                        refused = await eve.final(again)
                        wrong_s[user in KNOWN].append(monotonic() - began)
                        for text in (challenged, refused):
                            assert status(text) == 401
                            shapes.add(re.sub("cseq: [12]", "cseq", shape(text, user), flags=re.IGNORECASE))
        assert len(shapes) == 1
        for spent in (first_s, wrong_s):
            assert abs(statistics.median(spent[True]) - statistics.median(spent[False])) < SAME_S


@pytest.mark.requirement("S-03")
async def test_of_many_passwords_five_are_looked_at(town: Town) -> None:
    """The right one is the eightieth; whoever has guessed so often does not get in with it."""
    victim = device(town.pbx, "1001")
    async with town.under("S-03 svcrack", "5 passwords looked at, the right one refused"):
        await victim.start()
        async with wire(town.pbx.port, "127.0.0.68") as eve:
            ask = Ask(method="REGISTER", user="1001", lines=("User-Agent: " + "x" * 400,))
            challenged = await eve.final(ask)
            heard: list[int] = []
            for number in range(N_GUESSES):
                guess = town.pbx.secret("1001") if number == N_GUESSES // 2 else Secret(f"guess{number}")
                answer = f"Authorization: {authorization(challenged, ask, guess)}"
                eve.send(eve.text(replace(ask, cseq=number + 2, lines=(*ask.lines, answer))))
                await asyncio.sleep(1 / PER_S)
                if number == N_GUESSES // 2:
                    await victim.register()
            heard = [status(text) for text in await eve.drain(0.5)]
            assert 200 not in heard
            assert 1 <= heard.count(401) <= EVALUATED
            assert heard.count(403) == len(heard) - heard.count(401)
        await victim.close()


@pytest.mark.requirement("S-04")
async def test_a_carrier_is_not_banned_for_failures_in_its_name(town: Town) -> None:
    """Whoever forges a carrier's address fails 120 times in its name; its calls go on."""
    async with town.under("S-04 forged failures of a trunk", "trunk never banned, calls at once"):
        async with wire(town.pbx.port, "127.0.0.2") as forged:
            ask = Ask(method="REGISTER", user="1002", lines=("User-Agent: " + "x" * 400,))
            challenged = await forged.final(ask)
            for number in range(120):
                answer = f"Authorization: {authorization(challenged, ask, Secret(f'wrong{number}'))}"
                forged.send(forged.text(replace(ask, cseq=number + 2, lines=(*ask.lines, answer))))
                await asyncio.sleep(1 / FAST_PER_S)
            assert {status(text) for text in await forged.drain(0.5)} == {401}
        phone = carrier(town.pbx)
        await phone.start()
        await set_up(phone)
        await phone.close()
