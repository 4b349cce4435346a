"""How much room a spool's file system has."""

import os
from pathlib import Path

from pbx.recording.watermarks import Space


def measure(spool: Path) -> Space:
    """Ask the file system, which may take as long as its disk stands still; OSError when there is none."""
    found = os.statvfs(spool)
    return Space(
        blocks_used=found.f_blocks - found.f_bfree,
        blocks_left=found.f_bavail,  # without what is kept for root
        files_used=found.f_files - found.f_ffree,
        files_left=found.f_favail,
    )
