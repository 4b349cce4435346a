"""The schemas for editors: those in docs/reference, what they accept, what they refuse, never too strict."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from pydantic import ValidationError

from pbx.config import marks
from pbx.config.definition import FILES, file_like, stem
from pbx.config.json_schema import schema_of, section_schema, written_default
from pbx.config.meaning import key_of, meaning, sections
from pbx.config.parking import WrittenParking

ROOT = Path(__file__).parents[2]
NONSENSE = ("", "nonsense !", -7, 2.5, True, None, ["x"], {"x": 1})


def validator(name: str) -> Draft7Validator:
    return Draft7Validator(schema_of(name))


def value_of(text: str) -> Any:
    document, errors = marks.parse(text.encode(), "x.yaml")
    assert document is not None and errors == []
    return document.value


def samples() -> Iterator[tuple[str, Any]]:
    """Every file of the sample: which one it is, and its value."""
    for path in sorted((ROOT / "config").rglob("*.yaml")):
        name = file_like(str(path.relative_to(ROOT / "config")))
        assert name is not None
        yield name, value_of(path.read_text())


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        yield (*path, key)
        yield from leaves(one, (*path, key))


@pytest.mark.parametrize("name", FILES)
def test_the_schema_in_docs_is_that_of_the_definition(name: str) -> None:
    written = json.loads((ROOT / "docs" / "reference" / f"{stem(name)}.schema.json").read_text())
    assert written == schema_of(name), "run `make reference`"
    Draft7Validator.check_schema(written)


def test_the_sample_is_right_by_its_schemas() -> None:
    for name, value in samples():
        assert [error.message for error in validator(name).iter_errors(value)] == [], name


def test_every_example_is_right_by_its_schema() -> None:
    for model in {section.model for file in FILES.values() for section in sections(file)}:
        schema = section_schema(model)
        for name, field in model.model_fields.items():
            found = schema.get("properties", {"root": schema})[key_of(name, field)]
            example = meaning(model, name).example
            if example is not None:
                Draft7Validator({**found, "definitions": schema.get("$defs", {})}).validate(example)


def test_no_schema_refuses_what_is_right() -> None:
    """Each value of the sample becomes nonsense: what is read all the same, the schema has to let pass."""
    refused = seen = 0
    for name, value in samples():
        check, model = validator(name), FILES[name]
        for n, path in enumerate(leaves(value)):
            spoilt = deepcopy(value)
            holder = spoilt
            for part in path[:-1]:
                holder = holder[part]
            holder[path[-1]] = NONSENSE[n % len(NONSENSE)]
            try:
                model.model_validate(spoilt)
            except ValidationError:
                seen += 1
                refused += not check.is_valid(spoilt)
            else:
                assert check.is_valid(spoilt), (name, path)
    assert refused > 0.9 * seen > 100  # what needs more than a form to be wrong is left to `pbx check`


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dialplan.yaml", "{emergency: {trunk: carrier}, inbund: {}}"),
        ("dialplan.yaml", "{inbound: {01632 960100: {flow: support}}}"),
        ("dialplan.yaml", "{emergency: {trunk: carrier}, inbound: {01632 960100: {flow: Support}}}"),
        ("dialplan.yaml", "{emergency: {trunk: carrier}, codes: {watch: 90}}"),
        ("extensions.yaml", "{extensions: {0123: {name: x}}}"),
        ("flows/*.yaml", "{flow: a, start: b, steps: {b: {say: x, nxt: c}}}"),
        ("flows/*.yaml", "{flow: a, start: b, steps: {b: {ring: group/x, for: 25, no_answer: b, busy: b}}}"),
        ("pbx.yaml", "{rtp: {timeout: 30}}"),
        ("groups.yaml", "{groups: {all: {name: x, members: []}}}"),
        ("pbx.yaml", "{include: parts.yml}"),
        ("prompts/*/index.yaml", "{include: more.yaml}"),
        ("pbx.yaml", "{include: {a.yaml: true}}"),
        ("flows/*.yaml", "{flow: a, start: b, steps: {b: {include: a.yaml}}}"),
        ("pbx.yaml", "{sip: {port: 70000}}"),
        ("pbx.yaml", "{recording: {store: {kind: s4}}}"),
        ("fraud.yaml", "{allow: [mobiles]}"),
        ("tenant.yaml", "{tenant: acme, domain: acme.example, country: gb, timezone: UTC}"),
    ],
)
def test_refused(name: str, text: str) -> None:
    assert not validator(name).is_valid(value_of(text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("extensions.yaml", "{extensions: {1001: {name: x, acl: [192.0.2.0/24]}}}"),
        ("groups.yaml", "{groups: {all: {name: x, members: [1001, '1002']}}}"),
        ("dialplan.yaml", "{emergency: {trunk: a}, parking: {}, codes: {watch: null}}"),
        (
            "dialplan.yaml",
            "{emergency: {trunk: a}, inbound: {1632960100: [{flow: a, when: {verdict: none}}]}}",
        ),
        ("fraud.yaml", "{rates: {prefixes: {'+33': 0.02, '+44': '1'}}, hours: {begin: 08:30}}"),
    ],
)
def test_accepted(name: str, text: str) -> None:
    value = value_of(text)
    FILES[name].model_validate(value)
    validator(name).validate(value)


@pytest.mark.parametrize("name", sorted(FILES.keys() - {"prompts/*/index.yaml", "prompts/*/texts.yaml"}))
def test_a_file_may_be_in_several(name: str) -> None:
    """What it has to hold is then in another one; what it holds itself has to be right nevertheless."""
    check = validator(name)
    check.validate({"include": "parts/a.yaml"})
    check.validate({"include": ["a.yaml", "../shared/b.yaml"]})
    assert not check.is_valid({"include": "a.yaml", "nonsense": 1})


def test_defaults_are_as_somebody_would_write_them() -> None:
    fields = WrittenParking.model_fields
    assert written_default(fields["timeout_s"]) == "1min"
    assert written_default(fields["slots"]) == "701-709"
    assert written_default(fields["otherwise"]) is None
    burst = schema_of("pbx.yaml")["definitions"]["WrittenDefence"]["properties"]["user_ban"]["default"]
    assert burst == {"failures": 5, "within": "5min", "ban": "15min"}
