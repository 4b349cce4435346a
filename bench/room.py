"""CPU per 20 ms tick of one room: decode of all parties' G.711, mix, encode of each distinct result.

    python -m bench.room [--parties 50] [--talking 3] [--ticks 1000]

Who does not talk sends line noise, so every party's frame is decoded. At 16 kHz the parties' frames are
PCM already (G.722 and Opus have their own cost), so only the mix is measured.
"""

import argparse
import statistics
import time

import numpy as np

from pbx.core.ids import LegId
from pbx.media.g711 import decode, encode
from pbx.media.room import Room

TICK_US = 20_000


def frames(n_parties: int, n_talking: int, rate: int) -> dict[LegId, bytes]:
    """One frame per party: speech-loud noise of the talkers, line noise of the others."""
    random = np.random.default_rng(1)
    return {
        LegId(str(n)): random.normal(0, 2500 if n < n_talking else 30, rate // 50).astype("<i2").tobytes()
        for n in range(n_parties)
    }


def measure(says: dict[LegId, bytes], rate: int, n_ticks: int) -> tuple[float, float, float, int]:
    """Return the median microseconds of decode, mix and encode, and how many results are distinct."""
    room = Room(rate)
    for leg in says:
        room.join(leg)
    octets = {leg: encode(pcm, "PCMU") for leg, pcm in says.items()}
    clock = time.perf_counter
    parts: list[tuple[float, float, float]] = []
    n_distinct = 0
    for n in range(n_ticks):
        start = clock()
        heard = {leg: decode(octets[leg], "PCMU") for leg in says} if rate == 8000 else says
        decoded = clock()
        for leg, pcm in heard.items():
            room.put(leg, pcm)
        mixes = room.mix(n * 0.02)
        mixed = clock()
        distinct = {id(mix): mix for mix in mixes.values()}
        if rate == 8000:
            for mix in distinct.values():
                encode(mix, "PCMU")
        parts.append((decoded - start, mixed - decoded, clock() - mixed))
        n_distinct = len(distinct)
    decode_us, mix_us, encode_us = (statistics.median(part) * 1e6 for part in zip(*parts, strict=True))
    return decode_us, mix_us, encode_us, n_distinct


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parties", type=int, default=50)
    parser.add_argument("--talking", type=int, default=3)
    parser.add_argument("--ticks", type=int, default=1000)
    options = parser.parse_args()
    print(f"{options.parties} parties, {options.talking} talking; µs per tick of 20 ms, median")
    for rate in (8000, 16000):
        says = frames(options.parties, options.talking, rate)
        decode_us, mix_us, encode_us, n_distinct = measure(says, rate, options.ticks)
        total = decode_us + mix_us + encode_us
        print(
            f"{rate:6} Hz: decode {decode_us:6.0f}  mix {mix_us:6.0f}  encode {encode_us:6.0f} "
            f"({n_distinct} results)  total {total:6.0f} = {100 * total / TICK_US:.1f} % of a core, "
            f"mix {100 * mix_us / TICK_US:.1f} %"
        )


if __name__ == "__main__":
    main()
