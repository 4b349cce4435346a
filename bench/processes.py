"""What the processes of a running PBX use: CPU and memory by the name of each process, from proc(5)."""

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
NAMES = {
    "signalling": "signalling",  # what a fork calls itself
    "media-0": "media",
    "nursery": "nursery",
    "finaliser": "finaliser",
    "pbx.app": "signalling",  # the module of one that was started from nothing
    "pbx.media.io.worker": "media",
    "pbx.nursery_process": "nursery",
    "pbx.recording.io.finaliser": "finaliser",
    "pbx.recording.io.vault": "vault",
}


def children(root: int) -> dict[str, int]:
    """Pids of the processes that the supervisor `root` started, by name."""
    found: dict[str, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int(_stat(int(entry.name))[1])
            words = [(entry / "comm").read_text().strip(), *_words(entry)]
        except (OSError, IndexError):  # it ended while we looked
            continue
        name = next((NAMES[word] for word in words if word in NAMES), "")
        if parent == root and name:
            found[name] = int(entry.name)
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds of one process and all its threads."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / TICKS


def machine_busy_s() -> float:
    """Seconds that all cores together were not idle."""
    user, nice, system, _idle, _wait, irq, softirq, *_ = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / TICKS


def rss_kb(pid: int) -> float:
    """Resident memory."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1024


def _words(entry: Path) -> list[str]:
    return (entry / "cmdline").read_bytes().decode().split("\0")


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
