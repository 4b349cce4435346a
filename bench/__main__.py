"""`make bench`: every measurement in one run on one machine; figures go into docs/performance.md."""

import platform
import subprocess
import sys
from datetime import UTC, datetime

MEASUREMENTS = ("bench.media_relay", "bench.calls")


def main() -> int:
    """Run each measurement in a process of its own; the exit code is that of the worst."""
    print(f"{datetime.now(UTC):%Y-%m-%d} {platform.machine()} Python {platform.python_version()}")
    worst = 0
    for module in MEASUREMENTS:
        print(f"\n== {module}", flush=True)
        worst = max(worst, subprocess.run([sys.executable, "-m", module], check=False).returncode)
    return worst


sys.exit(main())
