"""Whether the kernel lets anybody look into a process, as its files in /proc show it."""

import os
from pathlib import Path

# Of nobody, so that a process started by root is not root's in every respect; others have a group already.
GROUP = 54321 if os.geteuid() == 0 else None


def is_dumpable(pid: int) -> bool:
    """A process that may neither be traced nor dumped has its files in /proc taken away from its group."""
    return os.stat(f"/proc/{pid}/mem").st_gid != 0


def core_limits(pid: int) -> list[str]:
    """The soft and the hard limit of its core dumps."""
    (limit,) = [
        line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file size" in line
    ]
    return limit.split()[4:6]
