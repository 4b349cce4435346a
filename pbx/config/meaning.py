"""The words about the keys of the models, from `meanings.yaml`, and how models stand in one another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pbx.config import marks
from pbx.config.notation import written


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a key means; `example` None = it is a section of its own, with keys that have examples."""

    words: str
    example: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A model, and where it first stands in a file: `*` = any name, `[]` = each of a list."""

    path: str
    model: type[BaseModel]


def name_of(model: type[BaseModel]) -> str:
    """Return how `meanings.yaml` calls a model; two modules may have models of one name."""
    return f"{model.__module__.rpartition('.')[2]}.{model.__name__}"


def key_of(name: str, field: FieldInfo) -> str:
    """Return how a field is written in the file."""
    return field.alias or name


@cache
def meanings() -> Mapping[str, Mapping[str, Meaning]]:
    """Return the words of each model by key; `_` = about the model itself."""
    octets = (resources.files("pbx.config") / "meanings.yaml").read_bytes()
    document, errors = marks.parse(octets, "meanings.yaml")
    if document is None or errors:
        raise errors[0]
    return {
        model: {key: _meaning(one) for key, one in keys.items()} for model, keys in document.value.items()
    }


def _meaning(written: Any) -> Meaning:
    if isinstance(written, str):
        return Meaning(words=written)
    return Meaning(words=written[0], example=written[1] if len(written) > 1 else None)


def meaning(model: type[BaseModel], name: str) -> Meaning:
    """Return the words of a field: those of the model that declares it; nothing for a key without words."""
    for one in model.__mro__:
        if issubclass(one, BaseModel) and name in one.model_fields:
            found = meanings().get(name_of(one), {}).get(key_of(name, one.model_fields[name]))
            if found is not None:
                return found
    return Meaning(words="")


def about(model: type[BaseModel]) -> str:
    """Return what a section is, in one paragraph."""
    found = meanings().get(name_of(model), {}).get("_")
    return found.words if found is not None else (model.__doc__ or "").partition("\n\n")[0].strip()


def sections(model: type[BaseModel]) -> tuple[Section, ...]:
    """Return the models of a file, each once, from the top down."""
    found: dict[type[BaseModel], str] = {}
    _walk(model, "", found)
    return tuple(Section(path=path, model=one) for one, path in found.items())


def _walk(model: type[BaseModel], path: str, found: dict[type[BaseModel], str]) -> None:
    if model in found:
        return
    found[model] = path
    for name, field in model.model_fields.items():
        key = "*" if name == "root" else key_of(name, field)
        for suffix, inner in inside(field.annotation):
            _walk(inner, f"{path}.{key}{suffix}".strip("."), found)


def inside(annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models that stand in a type, and how one gets there."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "", annotation
        return
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from inside(parts[0])
    elif origin in (Union, UnionType):
        for part in parts:
            yield from inside(part)
    elif origin is dict:
        yield from ((f".*{suffix}", model) for suffix, model in inside(parts[1]))
    elif origin is tuple:
        yield from ((f"[]{suffix}", model) for suffix, model in inside(parts[0]))


def required(model: type[BaseModel], key: str) -> str:
    """Return how a key that `model` cannot be without may be written; "" when several share its name."""
    found = {
        _line(key, one, name, field)
        for one in (section.model for section in sections(model))
        for name, field in one.model_fields.items()
        if key_of(name, field) == key and field.is_required()
    }
    return found.pop() if len(found) == 1 else ""


def _line(key: str, model: type[BaseModel], name: str, field: FieldInfo) -> str:
    meant, example = meaning(model, name), _example(model, name, field)
    return f"such as {key}: {written(example)}" if example is not None else meant.words


def _example(model: type[BaseModel], name: str, field: FieldInfo) -> Any:
    """That of the key, or of a section those of the keys that it cannot be without; None = there is none."""
    own = meaning(model, name).example
    inner = next((one for _, one in inside(field.annotation)), None)
    if own is not None or inner is None or get_origin(field.annotation) is not None:
        return own
    parts = {
        key_of(part, one): _example(inner, part, one)
        for part, one in inner.model_fields.items()
        if one.is_required()
    }
    return parts if parts and None not in parts.values() else None
