"""The rules of who may hear what as they are written now, read again only when a file has changed."""

from collections.abc import Callable
from pathlib import Path

from pbx.lifecycle.io.archive import Rules, rules_of

Signature = tuple[tuple[str, int, int], ...]


class RuleBook:
    """A browser that plays asks every minute; reading the configuration takes as long as answering it."""

    def __init__(self, directory: Path, read: Callable[[Path], Rules] = rules_of) -> None:
        self._directory, self._read = directory, read
        self._known: tuple[Signature, Rules] | None = None

    def now(self) -> Rules:
        """Return the rules; ConfigError while something is wrong with the configuration."""
        seen = _signature(self._directory)  # before reading: a change meanwhile is found the next time
        if self._known is not None and self._known[0] == seen:
            return self._known[1]
        self._known = None
        rules = self._read(self._directory)
        self._known = (seen, rules)
        return rules


def _signature(directory: Path) -> Signature:
    """Return name, time and size of each file that rules are made of."""
    found = []
    for file in sorted(directory.rglob("*.yaml")):
        try:
            state = file.stat()
        except OSError:
            continue  # replaced at this moment: the next look finds it
        found.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(found)
