"""Reference pages in Markdown: every key of every file with its type, default, meaning and an example."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from pbx.config.definition import FILES, WHOLE_FLOW, stem
from pbx.config.json_schema import section_schema, written_default
from pbx.config.meaning import Section, about, inside, key_of, meaning, sections
from pbx.config.notation import written

Schema = Mapping[str, Any]
MADE = "<!-- Made by `make reference` of the models in pbx/config and of pbx/config/meanings.yaml. -->"
_HEAD = "| key | type | default | meaning | example |\n|---|---|---|---|---|"
_KINDS = {"integer": "whole number", "number": "number", "boolean": "`true` or `false`", "string": "text"}


def pages() -> dict[str, str]:
    """Return every page by its file name in `docs/reference`."""
    return {"README.md": index(), **{f"{stem(name)}.md": page(name) for name in FILES}}


def index() -> str:
    """Return the page that leads to the others."""
    rows = [f"| [`{name}`]({stem(name)}.md) | {_cell(about(model))} |" for name, model in FILES.items()]
    return "\n".join(
        (
            "# Reference of the configuration",
            "",
            MADE,
            "",
            "Every key, made of the definition that `pbx check` reads files by. How things work together",
            "is in [the admin's guide](../admin.md); `pbx config reference --file FILE` prints a page.",
            "The [schemas](../admin.md#in-an-editor) beside them are for editors. Each file but those of",
            "`prompts/` may have the key `include` as well:",
            "[more of it in other files](../admin.md#a-file-in-several).",
            "",
            "| file | what it says |",
            "|---|---|",
            *rows,
            "",
        )
    )


def page(name: str) -> str:
    """Return the page of one file of `FILES`."""
    lines = [f"# `{name}`", "", MADE]
    for section in sections(FILES[name]):
        if section.path:
            lines += ["", f"## {title(section)}"]
        lines += ["", about(section.model), "", *_table(section, name)]
    return "\n".join((*lines, ""))


def title(section: Section) -> str:
    """Return the heading of a section: where it stands, and which one of those that may stand there."""
    kind = section.model.model_fields.get("kind")
    if section.path == "steps.*":
        first = next(iter(section.model.model_fields))
        return f"`steps.*`: `{key_of(first, section.model.model_fields[first])}`"
    if kind is not None and get_origin(kind.annotation) is Literal:
        return f"`{section.path}` with `kind: {get_args(kind.annotation)[0]}`"
    return f"`{section.path}`"


def _table(section: Section, file: str) -> Iterator[str]:
    schema = section_schema(section.model)
    properties = schema.get("properties", {"root": schema})
    known = schema.get("$defs", {})
    yield _HEAD
    for name, field in section.model.model_fields.items():
        key, meant = key_of(name, field), meaning(section.model, name)
        of_a_section = any(True for _ in inside(field.annotation))
        kind = _sections_of(field, file) if of_a_section else words(properties[key], known)
        default = "**required**" if field.is_required() else _code(written_default(field))
        example = "" if meant.example is None else _code(meant.example)
        cells = (f"`{key}`" if key != "root" else "any", kind, default, meant.words, example)
        yield f"| {' | '.join(map(_cell, cells))} |"


def _sections_of(field: FieldInfo, file: str) -> str:
    """Links to the sections that a key leads to, each on the page it stands on first."""
    if file == "flows/*.yaml" and field.annotation is WHOLE_FLOW.model_fields["steps"].annotation:
        return "names with a step each, see below"
    paths = {section.model: section for section in sections(FILES[file])}
    found = [(suffix, paths[model]) for suffix, model in inside(field.annotation)]
    links = dict.fromkeys(
        f"{_HOW[_shape(suffix)]}[{title(one)}](#{_anchor(title(one))})" for suffix, one in found
    )
    return " or ".join(links)


_HOW = {"": "", "*": "names, each with ", "[]": "a list of "}


def _shape(suffix: str) -> str:
    return "*" if "*" in suffix else "[]" if suffix else ""


def _anchor(heading: str) -> str:
    """The anchor of a heading as the usual viewers make it."""
    kept = "".join(char for char in heading.lower() if char.isalnum() or char in "_- ")
    return kept.replace(" ", "-")


def words(schema: Schema, known: Schema) -> str:
    """Return the type of a value in words for who writes it; `known` = what `$ref` names."""
    if "$ref" in schema:
        return words(known[str(schema["$ref"]).rpartition("/")[2]], known)
    if "anyOf" in schema:
        return _either([one for one in schema["anyOf"] if one.get("type") != "null"], known)
    if "const" in schema:
        return _code(schema["const"])
    if "enum" in schema:
        return ", ".join(map(_code, schema["enum"]))
    if "title" in schema:
        return re.sub(r"([*_<])", r"\\\1", str(schema["title"]))
    if schema.get("type") == "array":
        of = ", each" if "title" in schema["items"] else " of"
        return f"list{_bounds(schema, 'minItems', 'maxItems')}{of} {words(schema['items'], known)}"
    if schema.get("type") == "object":
        names, values = schema.get("propertyNames", {"type": "string"}), schema["additionalProperties"]
        return f"{words(names, known)}: {words(values, known)}"
    return _simple(schema)


def _either(schemas: list[Schema], known: Schema) -> str:
    if len(schemas) == 2 and schemas[1].get("items") == schemas[0]:
        return f"{words(schemas[0], known)}; or a list of them"
    return " or ".join(words(one, known) for one in schemas)


def _simple(schema: Schema) -> str:
    kind = str(schema.get("type", ""))
    if schema.get("format") == "path":
        return "path of a file"
    if schema.get("format") == "date":
        return "a day such as 2027-03-31"
    if kind == "string":
        form = f" of the form `{schema['pattern']}`" if "pattern" in schema else ""
        return f"text{_bounds(schema, 'minLength', 'maxLength', ' characters')}{form}"
    return _KINDS.get(kind, "any") + _range(schema)


def _range(schema: Schema) -> str:
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    if above is not None and below is not None:
        return f" between {above} and {below}"
    return _bounds(schema, "minimum", "maximum")


def _bounds(schema: Schema, least: str, most: str, unit: str = "") -> str:
    low, high = schema.get(least), schema.get(most)
    if low is not None and high is not None:
        return f" ({low} to {high}{unit})"
    if high is not None:
        return f" (at most {high}{unit})"
    return f" (at least {low}{unit})" if low is not None else ""


def _code(value: Any) -> str:
    """A value as it is written in the file; "" for none."""
    return "" if value is None else f"`{written(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
