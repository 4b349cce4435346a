"""Who takes part in the calls that SIPp plays: the carrier, the telephones, and whom they call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pbx.core.secret import Secret
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import (
    CARRIER,
    DOMAIN,
    PHONE,
    Outcome,
    Play,
    authorization,
    free_port,
    play,
)

ECHO, CAROL, NETWORK = "01632960102", "01632960101", "901632960150"
CARRIER_PORT = 5070  # where the sample trunk sends calls to
FIELD = "User-Agent: sipp-telephone"  # what a scenario's {{field}} is when nothing is asked of it


def from_trunk(pbx: RunningPbx, scenario: str, called: str, **fill: str) -> Play:
    """A call that the carrier brings in."""
    blanks = {
        "caller": "07700900123",
        "from_domain": CARRIER,
        "domain": f"{PHONE}:{pbx.port}",
        "field": FIELD,
        "called": called,
    }
    return Play(scenario=scenario, host=CARRIER, server=pbx.port, fill={**blanks, **fill})


def from_telephone(pbx: RunningPbx, scenario: str, called: str, **fill: str) -> Play:
    """A request of somebody who claims to be extension 1001."""
    blanks = {
        "caller": "1001",
        "extension": "1001",
        "expires": "60",
        "from_domain": DOMAIN,
        "domain": DOMAIN,
        "field": FIELD,
        "called": called,
    }
    return Play(scenario=scenario, server=pbx.port, port=free_port(PHONE), fill={**blanks, **fill})


async def register(pbx: RunningPbx, extension: str, *, port: int, expires: str = "60") -> Outcome:
    """Register, or with `expires` 0 unregister, a telephone."""
    answer = authorization(extension, pbx.secret(extension), ("REGISTER", f"sip:{DOMAIN}"), pbx.port)
    blanks = {"extension": extension, "expires": expires, "status": "200"}
    fill: dict[str, str | Secret[str]] = {**blanks, "authorization": answer}
    return await play(Play(scenario="register", server=pbx.port, port=port, fill=fill))


@asynccontextmanager
async def carol(pbx: RunningPbx) -> AsyncIterator[int]:
    """The port that extension 1003 is registered at."""
    port = free_port(PHONE)
    assert (await register(pbx, "1003", port=port)).is_played
    yield port
    assert (await register(pbx, "1003", port=port, expires="0")).is_played
