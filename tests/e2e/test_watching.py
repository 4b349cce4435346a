"""Lamps, presence and subscriptions of telephones that others wrote."""

import asyncio
import re
from pathlib import Path

import pytest

from pbx.core.secret import Secret
from tests.e2e.parties import CAROL, carol, from_trunk
from tests.e2e.running import RunningPbx
from tests.e2e.sipp import DOMAIN, PHONE, Play, authorization, free_port, play, playing
from tests.e2e.softphones.watcher import watching

SUBSCRIBED_S = 5.0
pytestmark = pytest.mark.asyncio(loop_scope="session")


def lamp_of(pbx: RunningPbx, subscribed: Path) -> Play:
    """Extension 1001 watches 1003; the file `subscribed` appears when it does."""
    request = ("SUBSCRIBE", f"sip:1003@{DOMAIN}")
    fill: dict[str, str | Secret[str]] = {
        "extension": "1001",
        "target": "1003",
        "event": "dialog",
        "subscribed": str(subscribed),
        "authorization": authorization("1001", pbx.secret("1001"), request, pbx.port),
    }
    return Play(scenario="watch", server=pbx.port, port=free_port(PHONE), fill=fill)


@pytest.mark.rfc("4235", "3.7.1")
@pytest.mark.requirement("REG-04")
async def test_a_lamp_shows_the_call_that_was_given_up(pbx: RunningPbx, tmp_path: Path) -> None:
    subscribed = tmp_path / "subscribed"
    async with (
        carol(pbx) as port,
        playing(Play(scenario="ringing", port=port)) as telephone,
        playing(lamp_of(pbx, subscribed)) as lamp,
    ):
        async with asyncio.timeout(SUBSCRIBED_S):
            while not subscribed.exists():
                await asyncio.sleep(0.02)
        outcome = await play(from_trunk(pbx, "cancel", CAROL))
        assert outcome.is_played, outcome
        assert (await telephone).is_played, await telephone
        seen = await lamp
    assert seen.is_played, seen
    notifies = [message for message in seen.received if message.startswith("NOTIFY")]
    assert [re.findall(r"<state>(\w+)</state>", one) for one in notifies] == [
        [],
        ["trying"],
        ["early"],
        ["terminated"],
        [],
    ]
    versions = [int(number) for one in notifies for number in re.findall(r'version="(\d+)" state', one)]
    assert versions == [0, 1, 2, 3, 4]


@pytest.mark.rfc("3903", "4")
@pytest.mark.requirement("REG-08")
async def test_pjsip_publishes_and_watches_presence(pbx: RunningPbx) -> None:
    async with watching(pbx, "1002", "1002", "1003") as pjsip:
        await pjsip.says("buddy 1002 online lunch")
        await pjsip.says("buddy 1003 offline ")
        async with carol(pbx):
            await pjsip.says("buddy 1003 online ")
        await pjsip.says("buddy 1003 offline ")


@pytest.mark.rfc("3842", "3")
@pytest.mark.requirement("REG-07")
async def test_pjsip_is_told_how_many_messages_wait(pbx: RunningPbx) -> None:
    async with watching(pbx, "1002") as pjsip:
        await pjsip.says("messages Voice-Message: 0/0 (0/0)")
