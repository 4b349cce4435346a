"""Whether a PBX serves: its supervisor's pid in a file, and whether that process lives."""

import os
from pathlib import Path


def serving_pid(ready: Path) -> int | None:
    """The pid in the ready file when that process lives; a crash leaves the file behind."""
    try:
        text = ready.read_text().strip()
    except OSError:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        return None
    try:
        os.kill(int(text), 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return int(text)  # alive, and another user's
    return int(text)
