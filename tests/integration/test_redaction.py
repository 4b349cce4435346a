"""R-21: who enters a secret is heard by nobody, from the entry until 300 ms after it.

A thousand random digits as tones of 40 to 100 ms, -30 to 0 dBm0, twist -8 to 8 dB, through a real worker;
some callers send telephone-events or SIP INFO besides, with as much of the tone as such ones leak.
What each tap has is shown to a classifier that is right of nearly every digit where the caller is not muted.
"""

import asyncio
import io
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
import pytest_asyncio
import soundfile

from pbx.core.ids import LegId, RecordingId
from pbx.core.io.entropy import SystemIds
from pbx.media.effects import StopRecording
from pbx.media.events import DigitReceived, RecordingStopped
from pbx.recording.io.copy_maker import CopyMaker
from pbx.recording.io.reader import plain_pieces
from pbx.recording.journal import Packet
from pbx.store.playback_copies import SqlCopyLedger
from tests.integration.eavesdroppers import Floats, Tap, channel, journalled, sounded, stream_of
from tests.integration.finaliser_site import Site, open_site
from tests.integration.keypad import FRAME, Clock
from tests.integration.masters import opened
from tests.integration.media_parties import MU
from tests.integration.secret_town import N_KEYS, Entry, Line, Town, dealt, town
from tests.integration.tone_classifier import AROUND, Classifier, lessons

pytestmark = pytest.mark.requirement("R-21")
in_module = pytest.mark.asyncio(loop_scope="module")

TAIL_S = 0.3
CHANCE, MARGIN = 0.1, 0.05
KNOWN = 0.95
KNOWN_IF_SHIFTED = 0.4  # where a jitter buffer is between, which gives way when the machine is busy
AUDIBLE = 100.0  # samples; the voices have 3000 in the mean
WHERE = pytest.mark.parametrize("where", ["peer", "supervisor", "bot", "journal", "master", "copy"])


@dataclass(frozen=True, slots=True)
class Overheard:
    """An entry at one tap, and by how many samples that is later."""

    tap: Tap
    line: Line
    entry: Entry
    late: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that was heard."""

    lines: list[Line]
    overheard: list[Overheard]
    journals: dict[RecordingId, list[Packet]]
    manifests: list[str]
    keys_known: dict[LegId, str]

    def at(self, where: str, *, secret: bool) -> Iterator[Overheard]:
        """Every entry at the taps of one name."""
        for one in self.overheard:
            if one.tap.where == where and one.line.is_secret == secret:
                yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Two secrets of everybody, all at the same time."""
    rng = np.random.default_rng(20)
    async with open_site(tmp_path_factory.mktemp("redaction")) as site, town(site) as one:
        with Clock([line.caller for line in one.lines]):
            for number, keys in enumerate(dealt(one.lines, rng)):
                await one.enter(number, keys, rng)
        taps = list(live_taps(one))
        journals, manifests = await recorded(site, one, taps)
        return Evidence(one.lines, list(placed(one, taps)), journals, manifests, keys_of(one))


def live_taps(one: Town) -> Iterator[Tap]:
    """Whoever has listened."""
    for line in one.lines:
        for where, ear in line.ears.items():
            yield Tap(where, line.caller, ear.samples)
        if line.bot is not None:
            yield Tap("bot", line.caller, np.frombuffer(line.bot.heard(), "<i2").astype(np.float64))


def placed(one: Town, taps: list[Tap]) -> Iterator[Overheard]:
    """Find each entry at each tap."""
    lines = {line.leg: line for line in one.lines}
    for tap in taps:
        line = lines[tap.caller.leg]
        for entry in line.entries:
            yield Overheard(tap, line, entry, tap.place(entry.marker) - entry.marker_at)


async def recorded(
    site: Site, one: Town, taps: list[Tap]
) -> tuple[dict[RecordingId, list[Packet]], list[str]]:
    """Stop the recordings; add to the taps what journals and masters have."""
    lines = [line for line in one.lines if line.is_recorded]
    one.pbx.send(*(StopRecording(recording=line.recording) for line in lines))
    await one.pbx.expect(RecordingStopped, len(lines))
    journals: dict[RecordingId, list[Packet]] = {}
    manifests = []
    async with asyncio.timeout(20):
        for line in lines:
            while (journal := await journalled(site, line.recording)) is None:
                await one.pbx.settle()  # the worker's other thread closes it
            journals[line.recording] = journal
        finaliser = site.finaliser()
        while len(await site.objects_stored()) < len(lines):
            await finaliser.scan(time.monotonic())
    for line in lines:
        _, stream = line.recorded
        heard = sounded(stream_of(journals[line.recording], stream), MU)
        master = await opened(site, line.recording)
        taps += [Tap("journal", line.caller, heard), Tap("master", line.caller, channel(master, stream))]
        taps.append(Tap("copy", line.caller, await copied(site, line.recording, stream)))
        manifests.append(json.dumps(master.manifest))
    return journals, manifests


async def copied(site: Site, recording: RecordingId, stream: int) -> Floats:
    """What the playback copy has of one side."""
    row, ledger = await site.row(recording), SqlCopyLedger(site.database)
    maker = CopyMaker(site.spool, site.vault, site.store, ledger, ids=SystemIds(), actor="test")
    copy = await maker.make(row)
    key = await site.key(replace(row, header=copy.header))
    octets = b"".join([piece async for piece in plain_pieces(copy, site.store, key)])
    sound, _ = soundfile.read(io.BytesIO(octets), dtype="int16")
    return np.asarray(sound[:, stream], np.float64)


def keys_of(one: Town) -> dict[LegId, str]:
    """What signalling was told."""
    keys: dict[LegId, str] = {}
    for event in one.pbx.events:
        if isinstance(event, DigitReceived):
            keys[event.leg] = keys.get(event.leg, "") + event.digit.reveal()
    return keys


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier()


def scores(evidence: Evidence, classifier: Classifier, where: str, *, secret: bool) -> tuple[float, float]:
    """Show the classifier every key of a tap; return how often each of its ways was right."""
    segments, keys = [], []
    for one in evidence.at(where, secret=secret):
        for press in one.entry.presses:
            begins = press.at + one.late
            segments.append(one.tap.samples[max(begins - AROUND, 0) : begins + press.n_samples + AROUND])
            keys.append(press.key)
    found = classifier.scores(segments, keys)
    print(f"{where}: {len(keys)} digits, secret={secret}: {found[0]:.3f} by filters, {found[1]:.3f} learnt")
    return found


@in_module
async def test_there_are_a_thousand_digits(evidence: Evidence) -> None:
    secret = [one for one in evidence.lines if one.is_secret]
    assert sum(len(entry.presses) for one in secret for entry in one.entries) >= 1000


def test_the_classifier_knows_tones_that_it_has_not_learnt(classifier: Classifier) -> None:
    assert min(classifier.scores(*lessons(300, np.random.default_rng(7)))) > KNOWN


@in_module
@WHERE
async def test_the_classifier_knows_what_is_no_secret(
    evidence: Evidence, classifier: Classifier, where: str
) -> None:
    wanted = KNOWN if where in ("journal", "master") else KNOWN_IF_SHIFTED
    assert max(scores(evidence, classifier, where, secret=False)) > wanted


@in_module
@WHERE
async def test_no_tap_tells_a_digit_of_a_secret(
    evidence: Evidence, classifier: Classifier, where: str
) -> None:
    assert max(scores(evidence, classifier, where, secret=True)) <= CHANCE + MARGIN


@in_module
@WHERE
async def test_who_has_entered_a_secret_is_heard_again_after_300_ms(evidence: Evidence, where: str) -> None:
    """And not before: `place` has found the caller before the entry, this finds him after it."""
    tails = []
    for one in evidence.at(where, secret=True):
        first = one.entry.presses[0].at
        loud = np.flatnonzero(np.abs(one.tap.samples[first + one.late :]) > AUDIBLE)
        heard_at = one.line.caller.sent_at[(first + int(loud[0])) // FRAME]
        tails.append(heard_at - one.entry.left_at[0])
    print(f"{where}: heard again {np.median(tails):.3f} s after, {min(tails):.3f} to {max(tails):.3f}")
    assert tails
    assert TAIL_S - 0.02 <= float(np.median(tails)) < TAIL_S + 0.4
    assert min(tails) > TAIL_S / 2  # on a busy machine the worker reads late what was sent in time


@in_module
async def test_no_event_reaches_anybody(evidence: Evidence) -> None:
    for one in evidence.lines:
        assert not any(ear.n_events for ear in one.ears.values()), one.leg
        assert one.bot is None or not one.is_secret or not one.bot.of("dtmf")
    for name, packets in evidence.journals.items():
        both = stream_of(packets, 0) + stream_of(packets, 1)
        assert not any(payload for one, payload in both if one.payload_type == MU.dtmf_payload_type), name


@in_module
async def test_signalling_knows_the_keys_and_no_manifest_does(evidence: Evidence) -> None:
    for one in evidence.lines:
        keys = "".join(press.key for entry in one.entries for press in entry.presses)
        if one.caller.manner == "events":
            assert evidence.keys_known[one.leg] == keys
        assert not any(keys[at : at + N_KEYS] in text for at in (0, N_KEYS) for text in evidence.manifests)
