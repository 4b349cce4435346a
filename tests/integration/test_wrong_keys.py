"""A party that presses keys in another kind than it agreed to is told of while the call goes on."""

import asyncio
from dataclasses import replace

import pytest

from pbx.core.ids import LegId
from pbx.media.events import AudioFault, DigitReceived
from pbx.media.tone_digits import digit_pcm
from tests.integration.media_parties import MU, A, B, Party, Signalling, attach, two_parties
from tests.integration.voices import talk

TONES = bytes(1600) + digit_pcm("5", 120, 100) + digit_pcm("7", 120, 100) + bytes(3200)


async def speak(party: Party, seconds: float = 1.3) -> None:
    """Tones, then silence until the worker has looked at its counters, which it does each second."""
    await talk(party, MU, TONES + bytes(int(seconds * 8000) * 2))


def faults(pbx: Signalling) -> list[tuple[LegId, str, str]]:
    return [(one.leg, one.kind, one.detail) for one in pbx.events if isinstance(one, AudioFault)]


@pytest.mark.requirement("MED-10")
async def test_tones_instead_of_events(pbx: Signalling) -> None:
    """Party B presses by event first: what is heard of it as tones after that is no news."""
    with two_parties() as (a, b):
        await attach(pbx, A, a)
        await attach(pbx, B, b)
        b.send(bytes(160))
        b.press("1")
        await pbx.expect(DigitReceived)
        await asyncio.gather(speak(a), speak(b))
        fault = await pbx.expect(AudioFault)
    assert (fault.leg, fault.kind) == (A, "dtmf_mismatch")
    assert "tones" in fault.detail
    assert len(faults(pbx)) == 1
    keys = [event.leg for event in pbx.events if isinstance(event, DigitReceived)]
    assert keys == [B], "a tone of a party with telephone-events is no key: a voice could make it"


@pytest.mark.requirement("MED-10")
async def test_events_of_a_payload_type_that_was_not_agreed(pbx: Signalling) -> None:
    with two_parties() as (a, _):
        await attach(pbx, A, a, replace(MU, dtmf_payload_type=96))
        await talk(a, MU, bytes(8000 * 2))  # the counters have been looked at once
        a.press("1", payload_type=101)
        await talk(a, MU, bytes(13 * 1600))
        await pbx.expect(AudioFault)
    assert faults(pbx) == [(A, "dtmf_mismatch", "telephone-events of payload type 101, which was not agreed")]
