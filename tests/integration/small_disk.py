"""A file system of its own for a test, which is soon full."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """Mount `size` octets (1m) over a folder, which is made when it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={size},mode=0700"
    mount = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.fail("a spool of its own must be mounted, which needs root")
    try:
        yield
    finally:
        subprocess.run(("umount", "-l", str(folder)), check=True)
