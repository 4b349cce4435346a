"""A process that reads a journal of FILE, seals it, and prints the octets of payload and its peak in kB.

python -m tests.integration.long_call_sealed FILE
"""

import json
import os
import resource
import sys

from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.finalise import read_master
from pbx.recording.io.journal_files import FileOctets
from pbx.recording.parts import Part
from pbx.recording.sealing import Sealer

KEY = Secret(b"0123456789abcdef")


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(path: str) -> None:
    fd, before_kb = os.open(path, os.O_RDONLY), peak_kb()
    master = read_master([Part(FileOctets(fd), 0, KEY)])
    sealer = Sealer(master, KEY, SeededIds())
    for _ in sealer.pieces():
        pass
    found = {
        "size": sealer.sealed("k").size,
        "samples": master.timeline.n_samples,
        "gaps": len(master.timeline.gaps),
        "recovered": master.recovered,
        "grown_kb": peak_kb() - before_kb,
        "peak_kb": peak_kb(),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
