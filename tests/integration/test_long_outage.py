"""R-14: the object store is away for an hour and for a day, in compressed time, while recordings come in."""

import os
import resource
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.record import Message
from pbx.recording.finalise import MAX_DELAY_S
from pbx.store.messages import MessageStore
from tests.integration.finaliser_site import Site, WatchedLedger, check_stored, journal, open_site

SOUND_S = 2.0  # of each recording
SCAN_S = 10.0  # the finaliser looks twice a second; in an outage the times of its looks do not matter
N_RECORDINGS = 240
EVERY_FIFTH = 5  # is a voicemail
MAX_GROWTH = 16 << 20  # octets of memory while they wait
BACK_S = 1000.0  # the last wait is over by then


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as one:
        yield replace(one, ledger=WatchedLedger(one.database))


def resident() -> int:
    """Octets of this process's memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


async def come_in(site: Site, number: int, at: float) -> str:
    """Have a recording end at second `at` of the outage; every fifth is a message."""
    name = f"rec{number:03}"
    path = await journal(site, name)
    os.utime(path, (1_000_000 + at, 1_000_000 + at))
    if number % EVERY_FIFTH == 0:
        left = Message(recording=name, tenant="acme", box="1001")
        await site.database.write(lambda one: MessageStore(site.database).save_all(one, [left]))
    return name


@pytest.mark.proof
@pytest.mark.requirement("R-14")
@pytest.mark.parametrize("hours", [1, 24])
async def test_a_store_that_is_away_for_long(site: Site, hours: int) -> None:
    ledger = site.ledger
    assert isinstance(ledger, WatchedLedger)
    site.objects.rmdir()
    site.objects.write_text("not a directory")
    now = 0.0
    names: list[str] = []
    asked: list[float] = []
    finaliser = site.finaliser(lambda point: asked.append(now) if point == "after_sealed" else None)
    apart_s = hours * 3600 / N_RECORDINGS
    sizes: list[tuple[int, int]] = []
    while now < hours * 3600:
        if now >= len(names) * apart_s:
            names.append(await come_in(site, len(names), now))
        assert await finaliser.scan(now) == 0
        if len(names) in (20, N_RECORDINGS):
            sizes.append((resident(), (site.root / "pbx.db").stat().st_size))
        now += SCAN_S
    n_asked = len(asked)
    waits = [later - earlier for earlier, later in zip(asked[10:], asked[11:], strict=False)]
    assert len(names) == N_RECORDINGS == len(list(site.spool.glob("*.jrn")))
    assert max(waits) <= MAX_DELAY_S + SCAN_S and len(set(waits)) > 1
    assert "store_away" in {name for name, text in finaliser.alarms.items() if text}
    assert sizes[-1][0] - sizes[0][0] <= MAX_GROWTH
    assert sizes[-1][1] <= sizes[0][1] + (1 << 20)

    site.objects.unlink()
    site.objects.mkdir()
    begun = time.monotonic()
    assert await finaliser.scan(now + BACK_S) == N_RECORDINGS
    took_s = time.monotonic() - begun
    messages = [name for number, name in enumerate(names) if number % EVERY_FIFTH == 0]
    calls = [name for name in names if name not in messages]
    first = ledger.committed[0]  # who asked whether it is back: the one that has failed least
    assert [one for one in ledger.committed if one != first] == [
        one for one in (*calls, *messages) if one != first
    ]
    assert not any(finaliser.alarms.values())
    for name in names:
        await check_stored(site, name)
    assert len(await site.objects_stored()) == len(await ledger.list(N_RECORDINGS + 1)) == N_RECORDINGS
    times = N_RECORDINGS * SOUND_S / took_s
    assert times >= 5
    grown_mb = (sizes[-1][0] - sizes[0][0]) / 1e6
    print(
        f"{hours} h away, {N_RECORDINGS} recordings wait: {n_asked} tries, the longest wait "
        f"{max(waits):.0f} s, memory grew by {grown_mb:.1f} MB, the database by "
        f"{sizes[-1][1] - sizes[0][1]} octets; drained in {took_s:.1f} s, {times:.0f} times real time"
    )
