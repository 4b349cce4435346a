"""YAML with places: what is text, what is refused, and where."""

import pytest
import yaml

from pbx.config.marks import MAX_FILE, Document, parse
from pbx.config.nodes import MAX_DEPTH, MAX_VALUES
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
        (b"a: *x\nx: &x 1\n", (1, 4), "no anchor &x stands before this alias"),
        (b"a: &x 1\nb: &x 2\n", (2, 4), "the anchor &x is written twice"),
        (b"a: &x [1, *x]\n", (1, 11), "the alias *x stands within what it names"),
        (b"a: &x {b: {c: *x}}\n", (1, 15), "the alias *x stands within what it names"),
        (b"a: &x 1\n*x : 2\n", (2, 1), "a key must be a simple word"),
        (b"a: &x 1\nb: {<<: *x}\n", (2, 9), "expected *name of something with keys"),
        (b"a: &x {b: 1}\nc: {<<: [*x, 2]}\n", (2, 14), "expected *name of something with keys"),
        (b"a: &x {b: 1}\nc: {<<: *x, <<: *x}\n", (2, 13), "the key is written twice"),
        (b"a: 1\nb: !!python/object:os.system x\n", (2, 4), "tags"),
        (b"a: !local {b: 1}", (1, 4), "tags"),
        (b"? [a]\n: 1\n", (1, 3), "a key must be a simple word"),
        (b"a: [1\n", (2, 1), "did not find"),
        (b"a: 1\n---\nb: 1\n", (2, 1), "another document"),
        (b"\xff\xfe\x00", (1, 1), "not YAML"),
        (b"a: \x00", (1, 4), "not YAML"),
        (b"a: 1\n? [b]", (2, 3), "a key must be a simple word"),
        (b"a: [1", (1, 6), "did not find"),
        (b"a: 1\nb", (2, 1), "could not find expected ':'"),
        (b"a: 1\nb: \xc3\xa9\xff", (2, 5), "invalid leading UTF-8 octet"),
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
    assert "values" in errors_of(b"[" + b"a," * (MAX_VALUES + 1) + b"]")[0].message


def test_an_empty_file_has_no_values() -> None:
    assert document("# nothing\n").value == {}


def test_an_alias_is_what_its_anchor_names() -> None:
    found = document("a: &x {b: [1, no]}\nc: *x\nd: [*x, &y 7, *y, &z '7', *z]\n")
    assert found.value == {
        "a": {"b": [1, "no"]},
        "c": {"b": [1, "no"]},
        "d": [{"b": [1, "no"]}, 7, 7, "7", "7"],
    }
    assert found.value["a"] is not found.value["c"], "whoever takes a part away takes it away once"


def test_an_alias_stands_where_it_is_written_and_what_is_in_it_where_that_is() -> None:
    found = document("a: &x {b: 1}\nc: *x\n")
    assert (found.marks[("c",)], found.keys[("c",)]) == ((2, 4), (2, 1))
    assert (found.marks[("c", "b")], found.keys[("c", "b")]) == ((1, 11), (1, 8))


MERGED = """base: &base {name: A, max: 2}
more: &more {max: 3, acl: [x]}
one: {<<: *base, name: B}
two: {<<: [*base, *more]}
three: {name: C, <<: {name: D, min: 1}}
text: {"<<": 1}
four: &four {<<: *more, name: E}
five: {<<: *four, max: 9}
"""


def test_merge_keys_as_yaml_has_them() -> None:
    """What is beside `<<` wins, and of several the first (https://yaml.org/type/merge.html)."""
    found = document(MERGED)
    assert found.value["one"] == {"name": "B", "max": 2}
    assert found.value["two"] == {"name": "A", "max": 2, "acl": ["x"]}
    assert found.value["three"] == {"name": "C", "min": 1}
    assert found.value["text"] == {"<<": 1}
    assert found.value["five"] == {"max": 9, "acl": ["x"], "name": "E"}
    assert found.marks[("one", "max")] == (1, 28) and found.keys[("one", "name")] == (3, 18)
    assert {name: list(keys) for name, keys in found.value.items() if name != "text"} == {
        name: list(keys) for name, keys in yaml.safe_load(MERGED).items() if name != "text"
    }, "in the order of other tools"


def test_a_mistake_in_what_is_merged_is_told_once() -> None:
    errors = errors_of(b"a: &x {b: 1, b: 2}\nc: {<<: *x}\nd: {<<: *x}\ne: *x\n")
    assert [str(error) for error in errors] == [
        "x.yaml:1:14: a.b: the key is written twice (first on line 1)"
    ]


def doubled(first: str, line: str, levels: int) -> bytes:
    """Each line names the one before it twice."""
    names = [f"n{i}" for i in range(levels + 1)]
    lines = [f"{name}: &{name} {line.format(before)}" for before, name in zip(names, names[1:], strict=False)]
    return "\n".join((f"n0: &n0 {first}", *lines)).encode()


def upside_down(levels: int) -> bytes:
    """The root takes the end of a chain, before anything of it was looked at."""
    return doubled("{a: 1}", "{{<<: *{0}}}", levels - 1) + b"\n<<: *n%d\n" % (levels - 1)


@pytest.mark.requirement("S-24")
@pytest.mark.parametrize(
    ("octets", "line", "message"),
    [
        (doubled("[x]", "[*{0}, *{0}]", 29), 15, "aliases add more than 50000 values to the file"),
        (doubled("[x]", "[*{0}]", 31), 32, "nested deeper than 32 levels by aliases"),
        (doubled("{a: 1, b: 2}", "{{<<: [*{0}, *{0}]}}", 1000), 0, ""),
        (b"a: {" + b"k" * 999 + b": &a {" + b"x" * 1024 + b": 1}}\nb: [" + b"*a," * 1024 + b"]", 2, "octets"),
        (upside_down(32), 0, ""),
        (upside_down(5000), 4969, "nested deeper than 32 levels by aliases"),
        (b"a: &a '" + b"x" * 1024 + b"'\nb: [" + b"*a," * 1024 + b"]", 2, "more than 1048576 octets"),
        (
            b"a: &a {"
            + b",".join(b"k%d: 1" % n for n in range(250))
            + b"}\nb: {<<: ["
            + b"*a," * 250
            + b"]}",
            2,
            "aliases add more than 50000 values to the file",
        ),
    ],
)
def test_what_aliases_make_is_no_larger_than_a_file(octets: bytes, line: int, message: str) -> None:
    errors = errors_of(octets)
    assert [error.line for error in errors] == ([line] if line else [])
    assert all(message in error.message for error in errors)
