"""Values as somebody would write them in a file: short, on one line, with quotes where YAML needs them."""

from collections.abc import Mapping
from typing import Any

from pbx.config import marks

_INDICATORS = "-?:,[]{}#&*!|>'\"%@`"  # what may not begin a plain word (YAML 1.2 §5.3)
_INSIDE = (": ", ":?", " #", ",", "[", "]", "{", "}")  # what ends one within braces


def written(value: Any) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{written(key)}: {written(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "null"
    return (
        _text(value) if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else str(value)
    )


def _text(text: str) -> str:
    if _is_plain(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_plain(text: str) -> bool:
    """Whether text without quotes is read as the same text."""
    if not text or text[0] in _INDICATORS or text != text.strip() or any(one in text for one in _INSIDE):
        return False
    return text[-1] != ":" and text.isprintable() and marks.plain(text) == text
