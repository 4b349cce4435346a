"""Calls as SIPp plays them: each scenario once per transport, with what it must end in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pbx.core.secret import Secret
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import (
    CARRIER,
    DOMAIN,
    PHONE,
    Algorithm,
    Outcome,
    Play,
    Transport,
    authorization,
    free_port,
    play,
    playing,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")
ECHO, CAROL = "01632960102", "01632960101"


def from_trunk(pbx: RunningPbx, scenario: str, called: str, **fill: str) -> Play:
    """A call that the carrier brings in."""
    blanks = {"caller": "07700900123", "from_domain": CARRIER, "domain": f"{PHONE}:{pbx.port}"}
    return Play(scenario=scenario, host=CARRIER, server=pbx.port, fill={**blanks, "called": called, **fill})


async def register(
    pbx: RunningPbx,
    extension: str,
    *,
    secret: Secret[str] | None = None,
    transport: Transport = "udp",
    algorithm: Algorithm = "MD5",
    port: int = 0,
    expires: str = "60",
    status: str = "200",
) -> Outcome:
    """Register, or with `expires` 0 unregister, a telephone."""
    password = secret or pbx.secret(extension)
    answer = authorization(extension, password, ("REGISTER", f"sip:{DOMAIN}"), pbx.port, algorithm)
    blanks = {"extension": extension, "expires": expires, "status": status}
    fill: dict[str, str | Secret[str]] = {**blanks, "authorization": answer}
    return await play(Play(scenario="register", server=pbx.port, transport=transport, port=port, fill=fill))


@asynccontextmanager
async def carol(pbx: RunningPbx) -> AsyncIterator[int]:
    """The port that extension 1003 is registered at."""
    port = free_port(PHONE)
    assert (await register(pbx, "1003", port=port)).is_played
    yield port
    assert (await register(pbx, "1003", port=port, expires="0")).is_played


@pytest.mark.rfc("3261", "22.2")
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_telephone_registers(pbx: RunningPbx, transport: Transport, algorithm: Algorithm) -> None:
    outcome = await register(pbx, "1001", transport=transport, algorithm=algorithm)
    assert outcome.is_played, outcome


async def test_a_wrong_secret_is_challenged_again(pbx: RunningPbx) -> None:
    outcome = await register(pbx, "1001", secret=Secret("wrong"), status="401")
    assert outcome.is_played, outcome


@pytest.mark.parametrize(
    ("scenario", "called", "status"),
    [("call", ECHO, ""), ("hold", ECHO, ""), ("refused", CAROL, "480"), ("malformed", ECHO, "")],
)
async def test_the_carrier_calls_in(pbx: RunningPbx, scenario: str, called: str, status: str) -> None:
    outcome = await play(from_trunk(pbx, scenario, called, status=status))
    assert outcome.is_played, outcome


async def test_anybody_may_ask_for_options(pbx: RunningPbx) -> None:
    outcome = await play(Play(scenario="options", server=pbx.port))
    assert outcome.is_played, outcome


@pytest.mark.parametrize("caller", ["1001", "stranger"])
async def test_a_call_without_credentials_is_challenged(pbx: RunningPbx, caller: str) -> None:
    fill = {"called": "901632960150", "caller": caller, "domain": DOMAIN, "from_domain": DOMAIN}
    outcome = await play(Play(scenario="refused", server=pbx.port, fill={**fill, "status": "401"}))
    assert outcome.is_played, outcome


@pytest.mark.rfc("3261", "9.2")
@pytest.mark.parametrize(("calling", "called"), [("cancel", "ringing"), ("refused", "busy")])
async def test_the_called_telephone_decides(pbx: RunningPbx, calling: str, called: str) -> None:
    async with carol(pbx) as port, playing(Play(scenario=called, port=port)) as telephone:
        outcome = await play(from_trunk(pbx, calling, CAROL, status="486"))
        assert outcome.is_played, outcome
        assert (await telephone).is_played, await telephone


@pytest.mark.rfc("3262", "3")
@pytest.mark.rfc("4028", "9")
async def test_early_media_is_acknowledged_and_the_session_refreshed_on_both_legs(pbx: RunningPbx) -> None:
    telephone = "reliable_answering"
    async with carol(pbx) as port, playing(Play(scenario=telephone, port=port)) as called:
        outcome = await play(from_trunk(pbx, "reliable_call", CAROL))
        assert outcome.is_played, outcome
        assert (await called).is_played, await called


async def test_a_call_out_hides_the_caller_s_side(pbx: RunningPbx) -> None:
    port, uri = free_port(PHONE), f"sip:901632960150@{DOMAIN}"
    answer = authorization("1001", pbx.secret("1001"), ("INVITE", uri), pbx.port)
    fill = {"called": "901632960150", "caller": "1001", "domain": DOMAIN, "from_domain": DOMAIN}
    order = Play(scenario="call_out", server=pbx.port, port=port, fill={**fill, "authorization": answer})
    async with playing(Play(scenario="answering", host=CARRIER, port=5070)) as carrier:
        outcome = await play(order)
        assert outcome.is_played, outcome
        seen = await carrier
    assert seen.is_played, seen
    call_id = outcome.sent[0].split("Call-ID: ")[1].split("\n", 1)[0]
    leaks = [
        secret for secret in (call_id, f"{PHONE}:{port}", "sipp-telephone") if secret in str(seen.received)
    ]
    assert not leaks
