"""A child that serves from its N-th life on: `python -m tests.integration.moody_child N FILE [EXIT]`.

FILE has an octet for each life. Before the N-th it says nothing and waits, or ends with the code EXIT.
"""

import signal
import sys
from pathlib import Path

from pbx.core.io.signs import Sign, say


def main(serves_from: int, file: Path, code: int | None = None) -> None:
    """Live once."""
    with file.open("ab") as lives:
        lives.write(b".")
    if file.stat().st_size >= serves_from:
        say(Sign.READY)
    elif code is not None:
        sys.stderr.write("there is no place for it\n")
        sys.exit(code)
    signal.pause()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
