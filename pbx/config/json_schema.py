"""JSON Schema of each file, for editors: draft 7, which their YAML servers understand.

It may be laxer than `pbx check`, never stricter.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticUndefined, core_schema

from pbx.config.definition import FILES
from pbx.config.includes import KEY, MAX_FILES, SUFFIX
from pbx.config.meaning import about, key_of, meaning
from pbx.config.types import DURATION, Spelled

DRAFT = "http://json-schema.org/draft-07/schema#"
INCLUDE = "Files that hold more of this one; paths start from it. Nothing is written twice."
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_COUNTED = {"minLength": "minItems", "maxLength": "maxItems"}


class _Generator(GenerateJsonSchema):
    """Puts our words and defaults where pydantic has titles made of names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])  # the default as it is written is put in below

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Keys and values with their words, which pydantic drops."""
        found = super().dict_schema(schema)
        found.pop("patternProperties", None)
        if "keys_schema" in schema:
            found["propertyNames"] = self.generate_inner(schema["keys_schema"])
        if "values_schema" in schema:
            found["additionalProperties"] = self.generate_inner(schema["values_schema"])
        return found

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        found = super().model_schema(schema)
        model = schema["cls"]
        found.pop("title", None)
        found["description"] = about(model)
        for name, field in model.model_fields.items():
            prop = found.get("properties", {}).get(key_of(name, field))
            if prop is not None:
                prop["description"] = meaning(model, name).words
                default = written_default(field)
                if default is not None:
                    prop["default"] = default
        return found


def schema_of(file: str) -> dict[str, Any]:
    """Return the JSON Schema of a file of `FILES`."""
    made = _made(FILES[file])
    definitions = made.pop("$defs", None)
    made = _with_includes(made)
    whole = {"$schema": DRAFT, "title": file, **made}
    if definitions:
        whole["definitions"] = definitions
    tidied = _tidied(whole)
    assert isinstance(tidied, dict), "a mapping stays one"
    return tidied


def _with_includes(made: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a file that may be spread: what it has to hold may be in what it includes."""
    path = {"type": "string", "pattern": rf"\{SUFFIX}$"}
    several = {"type": "array", "items": path, "maxItems": MAX_FILES}
    include = {"description": INCLUDE, "anyOf": [path, several]}
    if "properties" not in made:  # its keys are sentences or recordings: one file
        return dict(made)
    whole = {**made, "properties": {**made["properties"], KEY: include}}
    required = whole.pop("required", None)
    return whole | ({"anyOf": [{"required": required}, {"required": [KEY]}]} if required else {})


@cache
def section_schema(model: type[BaseModel]) -> Mapping[str, Any]:
    """Return the JSON Schema of a section by itself, with `$defs` of what stands in it."""
    tidied = _tidied(_made(model))
    assert isinstance(tidied, dict), "a mapping stays one"
    return tidied


def _made(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema(
        by_alias=True, ref_template="#/definitions/{model}", schema_generator=_Generator
    )


def written_default(field: FieldInfo) -> Any:
    """Return a default as somebody would write it; None = there is none to write."""
    if field.default_factory is not None or field.default is PydanticUndefined:
        return None
    return _written(field.default, field)


def _written(value: Any, field: FieldInfo) -> Any:
    if isinstance(value, BaseModel):
        return _differing(value) or None
    spelled = next((one.by for one in field.metadata if isinstance(one, Spelled)), None)
    if spelled is not None and value is not None:
        return spelled(value)
    if isinstance(value, tuple):
        return [_written(one, field) for one in value] or None
    if isinstance(value, PurePath | Decimal):
        return str(value)
    return None if value in ("", {}) else value


def _differing(value: BaseModel) -> dict[str, Any]:
    """Return the keys of a section that are not as they would be without it."""
    fields = type(value).model_fields
    pairs = (
        (key_of(name, field), _written(getattr(value, name), field), field) for name, field in fields.items()
    )
    return {key: one for key, one, field in pairs if one is not None and one != written_default(field)}


def _tidied(node: Any) -> Any:
    """Without bounds of seconds at what is written with its unit; lists are counted by items."""
    if isinstance(node, list):
        return [_tidied(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    tidy = {key: _tidied(one) for key, one in node.items()}
    if tidy.get("title") == DURATION:
        tidy = {key: one for key, one in tidy.items() if key not in _BOUNDS}
    if tidy.get("type") == "array":  # pydantic takes a bound behind a validator for one of a text
        tidy = {_COUNTED.get(key, key): one for key, one in tidy.items()}
    return tidy
