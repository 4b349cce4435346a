"""As much of JSON Schema (draft 2020-12) as the shipped schemas use; any other keyword is a failure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Any
_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
_CHECKS: Mapping[str, Callable[[Json, Json], bool]] = {
    "type": lambda wanted, value: _TYPES[wanted](value),
    "const": lambda wanted, value: bool(wanted == value),
    "enum": lambda wanted, value: value in wanted,
    "pattern": lambda wanted, value: re.search(wanted, value) is not None,
    "minimum": lambda wanted, value: bool(value >= wanted),
    "minLength": lambda wanted, value: len(value) >= wanted,
    "maxLength": lambda wanted, value: len(value) <= wanted,
    "minItems": lambda wanted, value: len(value) >= wanted,
    "maxItems": lambda wanted, value: len(value) <= wanted,
    "required": lambda wanted, value: set(wanted) <= set(value),
    "anyOf": lambda wanted, value: any(not list(faults(one, value)) for one in wanted),
}
_INNER = ("properties", "additionalProperties", "items")
_SAID = ("$schema", "title", "description")


def faults(schema: Mapping[str, Json], value: Json, place: str = "") -> Iterator[str]:
    """Yield the place and the keyword of everything that does not fit; a wrong type ends it there."""
    unknown = set(schema) - set(_CHECKS) - set(_INNER) - set(_SAID)
    assert not unknown, f"keywords that nobody checks: {unknown}"
    if "type" in schema and not _CHECKS["type"](schema["type"], value):
        yield f"{place}: type"
        return
    for keyword in set(schema) & set(_CHECKS):
        if not _CHECKS[keyword](schema[keyword], value):
            yield f"{place}: {keyword}"
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            yield from faults(schema["items"], item, f"{place}/{number}")
    if isinstance(value, dict):
        yield from _members(schema, value, place)


def _members(schema: Mapping[str, Json], value: Mapping[str, Json], place: str) -> Iterator[str]:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, item in value.items():
        inner = known.get(name, others)
        if inner is False:
            yield f"{place}/{name}: additionalProperties"
        elif inner is not True:
            yield from faults(inner, item, f"{place}/{name}")
