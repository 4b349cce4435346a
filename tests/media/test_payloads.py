"""What payload types mean, and which packets can go from one leg to another as they are."""

from dataclasses import replace

import pytest

from pbx.core.audio import AudioFormat, Encoding, PayloadFormat
from pbx.media.payloads import Payloads, rate_between, relays, relays_events, units

PCMU = AudioFormat(encoding="PCMU", payload_type=0, dtmf_payload_type=101)
PCMA = AudioFormat(encoding="PCMA", payload_type=8, dtmf_payload_type=96)
G722 = AudioFormat(encoding="G722", payload_type=9)
G729 = AudioFormat(encoding="G729", payload_type=18)
OPUS = AudioFormat(
    encoding="opus", payload_type=111, clock_rate=48000, dtmf_payload_type=110, dtmf_clock_rate=48000
)
ARRIVES = {fmt.encoding: (fmt.encoding, fmt.clock_rate) for fmt in (PCMU, PCMA, G722, G729, OPUS)}


def test_a_party_may_use_its_numbers_and_ours() -> None:
    agreed = replace(
        OPUS,
        receives=(PayloadFormat(payload_type=107, encoding="opus", clock_rate=48000),),
        dtmf_receive_types=(101,),
        comfort_noise_type=13,
    )
    payloads = Payloads.of(agreed)
    assert payloads.audio[111] == payloads.audio[107] == ("opus", 48000)
    assert payloads.audio[0] == ("PCMU", 8000)  # either law is understood, agreed or not
    assert payloads.events == {110, 101}
    assert payloads.text.endswith(" 13=CN")
    assert payloads.noise == 13
    assert Payloads.of(PCMU).noise == -1


@pytest.mark.parametrize(
    ("heard", "spoken", "rate"),
    [
        (PCMU, PCMA, 8000),
        (PCMU, PCMU, 8000),
        (OPUS, OPUS, 16000),
        (PCMU, replace(PCMU, ptime_ms=30), 8000),
        (PCMU, G722, 8000),
        (OPUS, PCMA, 8000),
        (OPUS, G722, 16000),
        (G722, OPUS, 16000),
    ],
)
def test_the_poorer_of_two_codecs_says_how_well_one_is_heard(
    heard: AudioFormat, spoken: AudioFormat, rate: int
) -> None:
    assert rate_between(ARRIVES[heard.encoding], spoken) == rate


@pytest.mark.parametrize(
    ("heard", "spoken", "as_it_is"),
    [
        (PCMU, PCMA, True),
        (PCMU, PCMU, True),
        (OPUS, OPUS, True),
        (G729, G729, True),
        (PCMU, replace(PCMU, ptime_ms=30), False),
        (PCMU, G722, False),
        (OPUS, G722, False),
    ],
)
def test_only_what_differs_is_transcoded(heard: AudioFormat, spoken: AudioFormat, *, as_it_is: bool) -> None:
    assert relays(ARRIVES[heard.encoding], heard, spoken) == as_it_is


def test_what_is_only_passed_through_cannot_be_transcoded() -> None:
    assert not relays(ARRIVES["G729"], G729, PCMA)
    assert rate_between(ARRIVES["G729"], PCMA) is None


def test_events_pass_where_they_mean_the_same() -> None:
    assert relays_events(PCMU, PCMA)
    assert relays_events(OPUS, OPUS)
    assert not relays_events(OPUS, PCMA)
    assert not relays_events(PCMA, G722)


@pytest.mark.parametrize(
    ("encoding", "octets", "n_units"),
    [("PCMU", 160, 160), ("G722", 160, 160), ("G729", 20, 160), ("opus", 0, 0)],
)
def test_the_time_that_a_payload_takes(encoding: Encoding, octets: int, n_units: int) -> None:
    assert units(ARRIVES[encoding], memoryview(bytes(octets))) == n_units
    assert units(ARRIVES["opus"], memoryview(b"\x78" + bytes(40))) == 960
