"""`make bench`: every measurement in one run on one machine; figures go into docs/performance.md."""

import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime

MEASUREMENTS = {
    "bench.media": "CPU, added delay and loss of relayed, recorded, transcoded and played audio",
    "bench.media.turns": "CPU of relayed and recorded packets beside bare system calls, by turns",
    "bench.srtp": "CPU to protect and to open a packet, per suite",
    "bench.room": "CPU of a room's mix",
    "bench.messages": "SIP messages parsed and written a second",
    "bench.engine": "CPU per B2BUA call of the pure machines, without sockets",
    "bench.registrar": "CPU per digest registration of the pure endpoint, memory per binding",
    "bench.plan": "CPU to read and check a large plan beside PyYAML, and plan tests a second",
    "bench.metrics": "CPU of a page of metrics, and how long it holds signalling up",
    "bench.delay": "set-up delay that the PBX adds, median and p99",
    "bench.reference": "CPU per call and registration beside Debian's Kamailio",
    "bench.finaliser": "finished recordings, times faster than they took",
    "bench.playback": "seek in a recording of four hours, from a directory and from S3",
    "bench.listening": "seek by a link over HTTP",
    "bench.playback_copy": "playback copies, times faster than their recordings took, and their size",
    "bench.calls": "start-up, memory, CPU and rate of calls",
}
NEEDED = {
    "cc": "a C compiler (Debian gcc)",
    "sipp": "SIPp (Debian sip-tester)",
    "kamailio": "Kamailio",
    "rtpengine": "rtpengine (Debian rtpengine-daemon)",
}


def main() -> int:
    """Run each measurement in a process of its own; the exit code is that of the worst."""
    missing = [what for tool, what in NEEDED.items() if shutil.which(tool) is None]
    if missing:
        print(f"bench needs {' and '.join(missing)}")
        return 1
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"{datetime.now(UTC):%Y-%m-%d} {platform.machine()} Python {platform.python_version()}")
    print(f"{os.cpu_count()} cores, load before this run (1, 5, 15 min): {load}")
    worst = 0
    for module, title in MEASUREMENTS.items():
        print(f"\n== {module}: {title}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", module], check=False).returncode)
    return worst


sys.exit(main())
