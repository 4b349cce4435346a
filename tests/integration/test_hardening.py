"""A hardened process leaves no core, and nobody of its user looks into it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.dumpable import GROUP, core_limits, is_dumpable

_HARDENED = "from pbx.recording.io.hardening import harden; harden(); print(); input()"
_OTHER = "print(); input()"


@contextmanager
def running(program: str) -> Iterator[int]:
    """The pid of a Python process that has got to its end and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        group=GROUP,
    )
    assert process.stdin is not None and process.stdout is not None
    assert process.stdout.readline() == b"\n"
    yield process.pid
    process.communicate(b"\n")
    assert process.returncode == 0


@pytest.mark.requirement("E-01")
@pytest.mark.parametrize(("program", "is_hard"), [(_HARDENED, True), (_OTHER, False)])
def test_what_is_not_dumpable_belongs_to_root(program: str, is_hard: bool) -> None:
    with running(program) as pid:
        assert is_dumpable(pid) is not is_hard
        assert core_limits(pid) == (["0", "0"] if is_hard else core_limits(os.getpid()))


@pytest.mark.requirement("E-01")
def test_a_hardened_process_starts_programs_and_sees_its_own_files() -> None:
    """As an ordinary user too, where this test runs as root: what the workers and signalling do of that."""
    program = """
import os, resource, subprocess, sys
from pbx.recording.io.hardening import harden
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(54321, 54321, 54321)
    os.setresuid(54321, 54321, 54321)
harden()
assert os.listdir("/proc/self/fd") and os.listdir("/proc/self/task")
open("/proc/self/stat").close()
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
assert subprocess.run(["cat", "/proc/self/limits"], capture_output=True, check=True).stdout
with open("/proc/self/maps") as maps:
    assert maps.read()
print(), input()
"""
    with running(program) as pid:
        assert core_limits(pid) == ["0", "0"]
