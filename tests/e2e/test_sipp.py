"""The SIPp matrix against the running PBX, and what a call out must not show."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e.matrix import Case, cases, elsewhere, rows
from tests.e2e.parties import CAROL, CARRIER_PORT, ECHO, NETWORK, carol, from_telephone, from_trunk
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import CARRIER, PHONE, SCENARIOS, Algorithm, Outcome, Play, authorization, play, playing

NUMBERS = {"echo": ECHO, "carol": CAROL, "network": NETWORK}
STRANGER = "stranger"
_REQUEST = re.compile(r"CDATA\[\s*(\w+) (\S+) SIP/2\.0")


def credentials(pbx: RunningPbx, order: Play, *, algorithm: Algorithm, secret: Secret[str]) -> Play:
    """Return the play with the answer of extension 1001 to a challenge of its first request."""
    found = _REQUEST.search((SCENARIOS / f"{order.scenario}.xml").read_text())
    assert found, order.scenario
    uri = found[2].replace("{{", "{").replace("}}", "}").format(**order.fill)
    answer = authorization("1001", secret, (found[1], uri), pbx.port, algorithm)
    return replace(order, fill={**order.fill, "authorization": answer})


def order_of(pbx: RunningPbx, case: Case) -> Play:
    """What the sender of a case plays."""
    row, called = case.row, NUMBERS[case.row.to]
    if row.sender == "carrier":
        order = from_trunk(pbx, row.play, called, **row.fill)
    else:
        caller = {"caller": STRANGER} if row.sender == "stranger" else {}
        order = from_telephone(pbx, row.play, called, **caller, **row.fill)
    order = replace(order, transport=case.transport)
    match case.auth:
        case "none":
            return order
        case "wrong":
            return credentials(pbx, order, algorithm="MD5", secret=Secret("wrong"))
        case algorithm:
            return credentials(pbx, order, algorithm=algorithm, secret=pbx.secret("1001"))


@asynccontextmanager
async def called_side(pbx: RunningPbx, case: Case) -> AsyncIterator[None]:
    """Whoever is called plays its part to the end, too."""
    row = case.row
    if not row.meets:
        yield
    elif row.to == "carol":
        async with (
            carol(pbx) as port,
            playing(Play(scenario=row.meets, port=port, fill=row.fill)) as telephone,
        ):
            yield
            assert (await telephone).is_played, await telephone
    else:
        async with playing(
            Play(scenario=row.meets, host=CARRIER, port=CARRIER_PORT, fill=row.fill)
        ) as carrier:
            yield
            assert (await carrier).is_played, await carrier


def marked(case: Case) -> object:
    """A case with what it proves."""
    proves = [pytest.mark.rfc(*one) for one in case.row.rfc]
    return pytest.param(
        case, id=case.id, marks=[*proves, *(pytest.mark.requirement(one) for one in case.row.feature)]
    )


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("case", [marked(case) for case in cases()])
async def test_it_goes_as_the_matrix_says(pbx: RunningPbx, case: Case) -> None:
    async with called_side(pbx, case):
        outcome = await play(order_of(pbx, case))
        assert outcome.is_played, outcome


def test_every_scenario_is_played() -> None:
    played = {name for row in rows() for name in (row.play, row.meets) if name}
    others = elsewhere()
    assert played.isdisjoint(others)
    assert played | {*others} == {file.stem for file in SCENARIOS.glob("*.xml")}
    for scenario, test in others.items():
        assert re.search(rf'"{scenario}(\.xml)?"', (Path(__file__).parent / test).read_text()), scenario


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.requirement("SIP-34")
async def test_a_call_out_hides_the_caller_s_side(pbx: RunningPbx) -> None:
    order = from_telephone(pbx, "call_out", NETWORK)
    order = credentials(pbx, order, algorithm="MD5", secret=pbx.secret("1001"))
    async with playing(Play(scenario="answering", host=CARRIER, port=CARRIER_PORT)) as carrier:
        outcome = await play(order)
        assert outcome.is_played, outcome
        seen = await carrier
    assert seen.is_played, seen
    assert not leaks(outcome, seen, f"{PHONE}:{order.port}", "sipp-telephone")


def leaks(outcome: Outcome, seen: Outcome, *secrets: str) -> list[str]:
    """Return what of the caller's side the other side saw."""
    call_id = outcome.sent[0].split("Call-ID: ")[1].split("\n", 1)[0]
    return [secret for secret in (call_id, *secrets) if secret in str(seen.received)]
