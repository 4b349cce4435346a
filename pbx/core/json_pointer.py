"""JSON Pointer: the place of one value in a JSON document (RFC 6901)."""

import re
from decimal import Decimal
from typing import Any

MAX_PARTS = 16
_FORM = re.compile(r"(?:/(?:[^~/\x00-\x1f\x7f]|~[01])*)+")
_INDEX = re.compile(r"0|[1-9][0-9]{0,5}", re.ASCII)


def pointer_parts(text: str) -> tuple[str, ...]:
    """Return the reference tokens of `/order/0/state` (RFC 6901 §3, §4); ValueError for what is none."""
    if _FORM.fullmatch(text) is None:
        raise ValueError(f"{text}: expected a place in the answer such as /order/state")
    parts = tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:])
    if len(parts) > MAX_PARTS:
        raise ValueError(f"{text}: at most {MAX_PARTS} parts")
    return parts


def value_at(document: Any, parts: tuple[str, ...]) -> Any:
    """Return the value at a place, None when nothing is there."""
    for part in parts:
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and _INDEX.fullmatch(part) and int(part) < len(document):
            document = document[int(part)]
        else:
            return None
    return document


def text_of(value: Any) -> str | None:
    """Return a scalar as text, "" for null, None for what is no scalar."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | Decimal():
            return str(value)
        case _:
            return None
