"""YAML with places: what is text, what is refused, and where."""

import pytest

from pbx.config.marks import MAX_DEPTH, MAX_EVENTS, MAX_FILE, Document, parse
from pbx.core.errors import ConfigError


def document(text: str) -> Document:
    found, errors = parse(text.encode(), "x.yaml")
    assert found is not None and errors == []
    return found


def errors_of(octets: bytes) -> list[ConfigError]:
    return parse(octets, "x.yaml")[1]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("1001", 1001),
        ("-5", -5),
        ("0", 0),
        ("1.5", 1.5),
        ("no", "no"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("0123", "0123"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("+441632960100", "+441632960100"),
        (".inf", ".inf"),
        ("1e3", "1e3"),
        ("'1001'", "1001"),
        ('"true"', "true"),
        ("''", ""),
        ("99999999999999999999", "99999999999999999999"),
    ],
)
def test_scalars(written: str, value: object) -> None:
    found = document(f"a: {written}").value["a"]
    assert found == value and type(found) is type(value)


def test_keys_are_text() -> None:
    assert document("{1001: a, no: b, 0123: c}").value == {"1001": "a", "no": "b", "0123": "c"}


def test_places() -> None:
    found = document("a: 1\nlist:\n  - x\n  - {deep: y}\n")
    assert found.marks[("a",)] == (1, 4)
    assert found.keys[("list",)] == (2, 1)
    assert found.marks[("list", 1, "deep")] == (4, 12)
    assert found.place(("list", 1, "deep")) == "x.yaml:4"
    assert str(found.error(("list", 1, "gone"), "wrong")) == "x.yaml:4:5: list.1.gone: wrong"


def test_a_key_written_twice() -> None:
    (error,) = errors_of(b"a: 1\nb: {c: 1}\na: 2\n")
    assert str(error) == "x.yaml:3:1: a: the key is written twice (first on line 1)"


@pytest.mark.requirement("S-24")
@pytest.mark.parametrize(
    ("octets", "place", "message"),
    [
        (b"a: &x 1\n", (1, 4), "anchors"),
        (b"a: *x\n", (1, 4), "aliases"),
        (b"a: 1\nb: !!python/object:os.system x\n", (2, 4), "tags"),
        (b"a: !local {b: 1}", (1, 4), "tags"),
        (b"? [a]\n: 1\n", (1, 3), "a key must be a simple word"),
        (b"a: [1\n", (2, 1), "did not find"),
        (b"a: 1\n---\nb: 1\n", (2, 1), "another document"),
        (b"\xff\xfe\x00", (1, 1), "not YAML"),
        (b"a: \x00", (1, 1), "not YAML"),
        (b"a: " + b"[" * 100_000, (1, 35), "nested deeper"),
    ],
)
def test_refused(octets: bytes, place: tuple[int, int], message: str) -> None:
    error = errors_of(octets)[0]
    assert message in error.message
    assert (error.line, error.column) == place


def test_depth_at_the_limit_and_above() -> None:
    assert not errors_of(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert errors_of(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))


def test_size_at_the_limit_and_above() -> None:
    comment = b"#" * MAX_FILE
    assert not errors_of(comment)
    assert "larger" in errors_of(comment + b"#")[0].message


def test_too_many_values() -> None:
    assert "values" in errors_of(b"[" + b"a," * (MAX_EVENTS + 1) + b"]")[0].message


def test_an_empty_file_has_no_values() -> None:
    assert document("# nothing\n").value == {}
