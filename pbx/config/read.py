"""One YAML file as a validated model, every mistake of it at its place."""

import copy
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pbx.config import marks, units
from pbx.config.includes import Reach, included
from pbx.config.meaning import required
from pbx.core.errors import ConfigError

ModelT = TypeVar("ModelT", bound=BaseModel)

_DAY, _MAPPING, _LIST, _WHOLE = (
    "expected a day such as 2027-03-31",
    "expected keys and values, one per line",
    "expected a list",
    "expected a whole number",
)
# What pydantic finds, in words for who wrote the file; the blanks are those of its error's context.
_WORDS = {
    "bool_type": "expected true or false",
    "date_from_datetime_parsing": _DAY,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "dict_type": _MAPPING,
    "finite_number": "expected a number",
    "float_type": "expected a number",
    "frozen_set_type": _LIST,
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "int_from_float": _WHOLE,
    "int_type": _WHOLE,
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "list_type": _LIST,
    "model_attributes_type": _MAPPING,
    "model_type": _MAPPING,
    "path_type": "expected the path of a file",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "string_too_long": "too long: at most {max_length} characters",
    "string_too_short": "too short: at least {min_length} characters",
    "string_type": "expected text; what looks like a number needs quotes",
    "too_long": "too many entries: at most {max_length}",
    "too_short": "too few entries: at least {min_length}",
    "tuple_type": _LIST,
    "union_tag_not_found": "the key {discriminator} is missing",
}
# Forms that read better in words.
_FORMS = {
    r"^(extension|group)/[a-z0-9_-]{1,32}$": "expected extension/NUMBER or group/NAME",
    r"^[0-9]?$": "expected one digit in quotes, or nothing",
    r"^\+[1-9][0-9]{0,14}$": 'expected a plus and digits in quotes, such as "+44"',
    r"^[a-z0-9-]{1,32}\.[a-z0-9]{1,8}$": "expected a namespace, a point and a value, such as esnet.0",
    r"^[0-9*#]$": "expected a key of a telephone: a digit, * or #",
    r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$": "expected a region of ISO 3166, such as DE or US-CA",
    r"^https?://[^\s@]+$": "expected a URL such as https://host.example/path, without user and password",
    r"^[a-z0-9_-]{1,64}\.wav$": "expected the name of a .wav file of lower-case letters, digits, - and _",
}
FIRST = frozenset(("pbx.yaml", "extensions.yaml", "dialplan.yaml", "consent.yaml"))  # have to be there
_OF_KEY = "[key]"  # how pydantic ends the way to a key
_SECRETS = frozenset(("secret", "password", "passwd", "pin", "token", "key"))
_ELSEWHERE = "secrets do not stand here, but in files of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Generic[ModelT]):
    """A file that was read: its document for places, its model for values."""

    document: marks.Document
    model: ModelT


def read_document(
    file: Path, label: str, reach: Reach | None = None
) -> tuple[marks.Document | None, list[ConfigError]]:
    """Return the document of `file` with all that it includes; `label` is how errors call it.

    Without `reach` it may include from its own folder.
    """
    try:
        if file.stat().st_size > marks.MAX_FILE:
            message = f"the file is larger than {marks.MAX_FILE} octets"
            return None, [ConfigError(label, 1, 1, "", message)]
        octets = file.read_bytes()
    except FileNotFoundError:
        hint = "`pbx init` writes a first one" if file.name in FIRST else ""
        return None, [ConfigError(label, 1, 1, "", "the file is missing", hint)]
    except OSError as error:
        return None, [ConfigError(label, 1, 1, "", f"cannot be read: {error.strerror}")]
    document, errors = marks.parse(octets, label)
    if document is None:
        return None, errors
    reach = reach or Reach.of(file.parent, label.rpartition("/")[0])
    whole, more = included(file, document, reach, len(octets))
    return whole, errors + more


def read_model(file: Path, label: str, model: type[ModelT]) -> tuple[Read[ModelT] | None, list[ConfigError]]:
    """Return `file` as `model`, or None and everything that is wrong with it."""
    document, errors = read_document(file, label)
    if document is None:
        return None, errors
    value, more = validate(document, (), document.value, model)
    errors = errors + more
    if value is None or errors:
        return None, errors
    return Read(document=document, model=value), []


def read_parts(
    file: Path,
    label: str,
    model: type[ModelT],
    stand_ins: Mapping[str, object],
    reach: Reach | None = None,
) -> tuple[Read[ModelT] | None, list[ConfigError]]:
    """Return what is right in `file` and everything that is wrong with it; None when nothing is of use.

    With errors the model is for further checks only: wrong values are left out, together with the list or
    the entry that cannot be without them, and `stand_ins` take the place of missing keys at the top.
    """
    document, errors = read_document(file, label, reach)
    if document is None:
        return None, errors
    value, more = validate(document, (), document.value, model)
    if value is None:
        value = _valid_parts(document, model, stand_ins)
    return (Read(document=document, model=value) if value is not None else None), errors + more


def _valid_parts(
    document: marks.Document, model: type[ModelT], stand_ins: Mapping[str, object]
) -> ModelT | None:
    if not isinstance(document.value, dict):
        return None
    rest, unused = copy.deepcopy(document.value), dict(stand_ins)
    while True:  # every round takes something away or uses a stand-in up, so it ends
        try:
            return model.model_validate(rest)
        except ValidationError as error:
            details = error.errors(include_url=False)
        missing = {str(d["loc"][0]) for d in details if d["type"] == "missing" and len(d["loc"]) == 1}
        changes = [_left_out(rest, detail["loc"]) for detail in details]
        if not missing <= unused.keys() or not (missing or any(changes)):
            return None
        rest.update({key: unused.pop(key) for key in missing})


def _left_out(rest: dict[str, Any], loc: tuple[int | str, ...]) -> bool:
    """Take the innermost thing on the way `loc` away, lists as a whole; return whether there was one."""
    inner: dict[Any, Any] = rest
    found: tuple[dict[Any, Any], str] | None = None
    for part in loc:  # with tags of unions and "[key]", which nobody wrote
        if part in inner:
            found = (inner, str(part))
            if not isinstance(inner[part], dict):
                break
            inner = inner[str(part)]
    if found is None:
        return False
    outer, name = found
    del outer[name]
    return True


def validate(
    document: marks.Document, path: marks.Path, value: object, model: type[ModelT]
) -> tuple[ModelT | None, list[ConfigError]]:
    """Return the part of `document` at `path` as `model`, with errors at their places."""
    if not isinstance(value, dict):
        return None, [document.error(path, _MAPPING)]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_config_error(document, path, detail, model) for detail in details]


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return a hint that names the nearest candidate, or nothing."""
    near = difflib.get_close_matches(word, sorted(candidates), n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else ""


def _config_error(
    document: marks.Document, prefix: marks.Path, detail: ErrorDetails, model: type[BaseModel]
) -> ConfigError:
    path = prefix
    for part in detail["loc"]:  # pydantic adds tags of unions and "[key]", which nobody wrote
        if (*path, part) in document.marks:
            path = (*path, part)
    last = str(detail["loc"][-1]) if detail["loc"] else ""
    match detail["type"]:
        case "extra_forbidden":
            near = did_you_mean(last, _field_names(model) - {last})
            hint = _ELSEWHERE if last in _SECRETS and f"{last}_file" not in near else near
            return document.key_error(path, f"unknown key {last}", hint)
        case "missing":
            return document.error(path, f"the key {last} is missing", required(model, last))
        case "literal_error" | "union_tag_invalid":
            context = detail.get("ctx", {})
            expected = str(context.get("expected") or context.get("expected_tags"))
            choices = re.findall(r"'([^']*)'", expected)
            found = str(context.get("tag", detail["input"]))
            return document.error(path, f"expected {expected}", did_you_mean(found, choices))
    message = _wording(detail, _written(document.value, path))
    return document.key_error(path, message) if last == _OF_KEY else document.error(path, message)


def _written(value: Any, path: marks.Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _wording(detail: ErrorDetails, written: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if isinstance(detail["input"], str) and kind in ("too_short", "too_long"):
        kind = f"string_{kind}"
    words = _FORMS.get(context.get("pattern", "")) or _WORDS.get(kind)
    if words is None:
        return detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
    return words.format(**{name: _limit(name, value, written) for name, value in context.items()})


def _limit(name: str, value: Any, written: Any) -> str:
    """A limit as it would be written; that of a number which is written as text is one of durations."""
    if name in ("ge", "gt", "le", "lt") and isinstance(written, str):
        return units.spelled(value)
    return f"{value:g}" if isinstance(value, float) else str(value).strip("'")


@cache
def _field_names(model: type[BaseModel]) -> frozenset[str]:
    """Return every key that may stand anywhere in the model."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return frozenset(name for part in parts for name in part.get("properties", {}))
