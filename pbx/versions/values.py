"""Values of a plan in words: one line each, and never a secret."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

HIDDEN = "not shown"
LABEL = 24  # characters of a text that is a name, a number or a time
MAX_SHOWN = 120  # characters of one value; a prompt may have a thousand
# What may be a secret, by its key: PINs of rooms, what bots and carriers are told, and whatever comes.
_SECRET = re.compile(r"(pin|pins|password|passphrase|secret|token|api_?key|credentials?|parameters)", re.I)
_HEADERS = frozenset({"set"})  # header fields for a carrier, which may be what he knows us by
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.I)

Path = tuple[str, ...]


def is_secret(path: Path) -> bool:
    """Whether what stands at a path may be a secret; the name of a file that holds one is none."""
    if path[-2:] == ("header", "value"):
        return True
    return any(_SECRET.fullmatch(part) is not None or part in _HEADERS for part in path)


def flat(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value with its path; a list is one value, and so is what is empty."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from flat(inner, (*path, str(key)))
    else:
        yield path, value


def shown(value: Any, path: Path = ()) -> str:
    """Return one line for a person; of what may be a secret only that there is something."""
    if value is None or value in ([], (), {}, ""):
        return "nothing"
    if is_secret(path) and not isinstance(value, bool):
        return HIDDEN
    if isinstance(value, Mapping):
        given = {str(key): inner for key, inner in value.items() if inner not in (None, [], {})}
        return _short(", ".join(f"{key}: {shown(inner, (*path, key))}" for key, inner in given.items()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _short(", ".join(_bare(one, path) for one in value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    return f'"{_short(value)}"' if isinstance(value, str) and _is_sentence(value) else _bare(value, path)


def _bare(value: Any, path: Path) -> str:
    if isinstance(value, Mapping):
        return f"({shown(value, path)})"
    return _address(value) if isinstance(value, str) and _URL.match(value) else str(value)


def _address(url: str) -> str:
    """A URL without what may let somebody in: user, password, path and query."""
    try:
        parts = urlsplit(url)
        rest = "" if parts.path in ("", "/") and not parts.query else "/..."
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return HIDDEN
    return f"{parts.scheme}://{parts.hostname or ''}{port}{rest}"


def _is_sentence(text: str) -> bool:
    return " " in text.strip() and (len(text) > LABEL or text[-1] in ".!?")


def _short(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def key_of(value: Any) -> str:
    """Return a text by which values are compared."""
    return json.dumps(value, sort_keys=True, default=str)
