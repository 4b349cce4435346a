"""How many times faster than real time a playback copy is made, what it takes of memory, and its size.

    python -m bench.playback_copy [--minutes 60] [--rounds 3] [--noise]

A stored master in mu-law: the sample prompts said in turns of four seconds by two people over lines that are
never quite silent, or noise from both all the time (--noise), which is the most that a copy can be. The maker
reads it back, decrypts, encodes, seals, stores it in a directory, reads back and commits. Its process time
counts, here with that of vault and database.
"""

import argparse
import asyncio
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording import wav
from pbx.recording.age import NONCE_SIZE, PayloadEncryptor, build_header, parse_recipient
from pbx.recording.age_keys import FILE_KEY_SIZE
from pbx.recording.effects import FinishedRecording
from pbx.recording.g711 import VALUES
from pbx.recording.io.copy_maker import CopyMaker
from pbx.store.playback_copies import SqlCopyLedger
from tests.integration.finaliser_site import Site, open_site
from tests.recording.stored_sound import manifest

PROMPTS = Path(__file__).parent.parent / "config"
TURN = 4 * wav.RATE
LINE = 12.0  # of noise on a line, in steps of 16 bits: -69 dBFS
LOUD = 6000.0
Octets = NDArray[np.uint8]


def in_law(samples: NDArray[np.float64]) -> Octets:
    """The nearest octets of mu-law."""
    values = np.array(VALUES["PCMU"])
    order = np.argsort(values, kind="stable")
    return order[np.clip(np.searchsorted(values[order], samples), 0, 255)].astype(np.uint8)


def talk(lot: np.random.Generator) -> Octets:
    """Some minutes of two people, interleaved."""
    said = []
    for path in sorted(PROMPTS.glob("**/*.wav")):
        sound, rate = soundfile.read(path)
        said.append(soxr.resample(sound, rate, wav.RATE) * 32768)
    voice = np.concatenate(said)
    turns = len(voice) // TURN
    both = lot.normal(0, LINE, (2 * turns * TURN, wav.N_CHANNELS))
    for turn in range(2 * turns):
        start = (turn * 7 % turns) * TURN
        both[turn * TURN : (turn + 1) * TURN, turn % 2] += voice[start : start + TURN]
    return in_law(both.reshape(-1))


def noise(lot: np.random.Generator) -> Octets:
    return in_law(lot.normal(0, LOUD, 8 * 60 * wav.RATE))


def master(pattern: bytes, n_samples: int) -> Iterator[bytes]:
    yield wav.header("PCMU", n_samples)
    left = n_samples * wav.N_CHANNELS
    while left:
        piece = pattern[:left]
        left -= len(piece)
        yield piece


def sealed(encryptor: PayloadEncryptor, plain: Iterator[bytes]) -> Iterator[bytes]:
    yield from map(encryptor.update, plain)
    yield encryptor.finish()


async def store(site: Site, pattern: bytes, minutes: float) -> FinishedRecording:
    """Put a master into store and database."""
    recipients = await site.vault.recipients("acme")
    assert isinstance(recipients, tuple)
    key, ids, n_samples = Secret(SystemIds().octets(FILE_KEY_SIZE)), SystemIds(), int(minutes * 60 * wav.RATE)
    encryptor, digest, path = PayloadEncryptor(key, ids.octets(NONCE_SIZE)), sha256(), site.root / "master"
    with path.open("wb") as file:
        for octets in sealed(encryptor, master(pattern, n_samples)):
            digest.update(octets)
            file.write(octets)
    row = FinishedRecording(
        recording="rec",
        call="call",
        tenant="acme",
        kind="call",
        header=build_header(key, [parse_recipient(one) for one in recipients], ids, recording="rec"),
        object_key="master",
        size=path.stat().st_size,
        sha256_cipher=digest.hexdigest(),
        manifest=manifest(n_samples),
        signature=bytes(64),
        started_at=utc_now(),
        duration_ms=n_samples * 1000 // wav.RATE,
        recovered=False,
    )
    assert await site.store.put_file("master", path, row.sha256_cipher)
    path.unlink()
    await site.ledger.commit(row)
    return row


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def run(minutes: float, rounds: int, pattern: bytes) -> None:
    speeds = []
    with tempfile.TemporaryDirectory() as folder:
        async with open_site(Path(folder)) as site:
            row = await store(site, pattern, minutes)
            ledger = SqlCopyLedger(site.database)
            maker = CopyMaker(site.spool, site.vault, site.store, ledger, ids=SystemIds(), actor="bench")
            for number in range(rounds):
                before, start = peak_mb(), time.process_time()
                copy = await maker.make(row)
                speeds.append(minutes * 60 / (time.process_time() - start))
                grown = peak_mb() - before
                size = copy.size / minutes * 60 / 1e6
                print(
                    f"round {number + 1}: {speeds[-1]:5.0f} x real time, {size:.1f} MB an hour, "
                    f"peak + {grown:.0f} MB"
                )
    print(f"{minutes:g} min, median {statistics.median(speeds):.0f} x real time")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--noise", action="store_true")
    options = parser.parse_args()
    lot = np.random.default_rng(16)
    pattern = noise(lot) if options.noise else talk(lot)
    asyncio.run(run(options.minutes, options.rounds, pattern.tobytes()))


if __name__ == "__main__":
    main()
