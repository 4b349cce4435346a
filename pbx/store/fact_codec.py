"""Facts as octets: what stands, sealed, in the journal of facts.

One JSON array per fact: serial, time, kind, fields. Fields go by their types, so that a fact comes back
equal. A field that a fact of an older program has not got takes its default.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pbx.core.errors import MisuseError, ParseError
from pbx.store.facts import Entry, Numbered

_KINDS: Mapping[str, type[Any]] = {kind.__name__: kind for kind in get_args(Entry)}
_PLAIN = (str, int, float, bool, type(None))
T = TypeVar("T")


def encode(fact: Numbered) -> bytes:
    """Return a fact as a line of JSON; MisuseError when it could not be read again."""
    row = [fact.serial, fact.at.isoformat(), type(fact.entry).__name__, _pack(fact.entry)]
    return json.dumps(row, separators=(",", ":")).encode() + b"\n"


def decode(octets: bytes) -> list[Numbered]:
    """Return the facts of lines; ParseError(0) when they are of a form that this program does not know."""
    try:
        return [_fact(line) for line in octets.splitlines()]
    except (ValueError, KeyError, TypeError, MisuseError):
        raise ParseError("facts of unknown form", 0) from None


def _fact(line: bytes) -> Numbered:
    serial, at, kind, packed = json.loads(line)
    entry = cast(Entry, _unpack(_KINDS[kind], packed))
    return Numbered(serial=int(serial), entry=entry, at=datetime.fromisoformat(at))


def _pack(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _pack(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [_pack(item) for item in value]
    if isinstance(value, dict):
        return {key: _pack(item) for key, item in value.items()}
    raise MisuseError(f"a {type(value).__name__} has no form in the journal of facts")


@dataclass(frozen=True, slots=True)
class _Form:
    """The fields of a kind of values, each with its type."""

    kind: type[Any]
    hints: Mapping[str, Any]


@cache
def _form(kind: type[Any]) -> _Form:
    return _Form(kind, get_type_hints(kind))


def _unpack(hint: Any, packed: Any) -> Any:
    hint = hint.__supertype__ if isinstance(hint, NewType) else hint
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _one_of(arguments, packed)
    if origin is tuple:
        return tuple(_items(arguments, packed))
    if origin is dict:
        return {key: _unpack(arguments[1], item) for key, item in packed.items()}
    if origin is Literal or hint in _PLAIN:
        return packed
    if hint is datetime:
        return datetime.fromisoformat(packed)
    if hint is Decimal:
        return Decimal(packed)
    form = _form(hint)
    return form.kind(**{name: _unpack(form.hints[name], item) for name, item in packed.items()})


def _one_of(kinds: tuple[Any, ...], packed: Any) -> Any:
    """A value, or none; of plain kinds JSON has kept which it is."""
    (kind, *others) = [kind for kind in kinds if kind is not type(None)]
    if packed is None or others:
        return packed
    return _unpack(kind, packed)


def _items(kinds: tuple[Any, ...], packed: list[Any]) -> Iterable[Any]:
    if kinds[-1] is Ellipsis:
        return (_unpack(kinds[0], item) for item in packed)
    return (_unpack(kind, item) for kind, item in zip(kinds, packed, strict=True))
