"""The ordered multi-map of header fields."""

import pytest

from pbx.core.errors import MisuseError
from pbx.sip.header_map import Headers


def some_headers() -> Headers:
    headers = Headers()
    headers.add("v", "one")
    headers.add("Subject", "x")
    headers.add("VIA", "two")
    return headers


@pytest.mark.rfc("3261", "7.3.3")
def test_look_up_ignores_case_and_compact_forms() -> None:
    headers = some_headers()
    assert headers.get("Via") == "one"
    assert headers.get_all("via") == ["one", "two"]
    assert headers.get("s") == "x"
    assert headers.get("Route") is None
    assert "subject" in headers
    assert "Route" not in headers


@pytest.mark.rfc("3261", "7.3.3")
@pytest.mark.parametrize(
    ("short", "name"),
    [
        ("v", "Via"),
        ("f", "From"),
        ("t", "To"),
        ("i", "Call-ID"),
        ("m", "Contact"),
        ("l", "Content-Length"),
        ("c", "Content-Type"),
        ("e", "Content-Encoding"),
        ("k", "Supported"),
        ("s", "Subject"),
        ("o", "Event"),
        ("r", "Refer-To"),
        ("b", "Referred-By"),
        ("x", "Session-Expires"),
    ],
)
def test_compact_forms(short: str, name: str) -> None:
    headers = Headers()
    headers.add(short.upper(), "value")
    assert headers.get(name) == "value"


def test_iteration_shows_names_as_written() -> None:
    assert list(some_headers()) == [("v", "one"), ("Subject", "x"), ("VIA", "two")]
    assert len(some_headers()) == 3


def test_prepend_set_and_remove() -> None:
    headers = some_headers()
    headers.prepend("Via", "zero")
    assert headers.get_all("v") == ["zero", "one", "two"]
    headers.set("Via", "only")
    assert list(headers) == [("Via", "only"), ("Subject", "x")]
    headers.set("To", "t")
    headers.remove("subject")
    assert list(headers) == [("Via", "only"), ("To", "t")]


def test_every_change_grows_the_version() -> None:
    headers = some_headers()
    before = headers.version
    headers.add("A", "1")
    headers.prepend("B", "2")
    headers.set("C", "3")
    headers.remove("D")
    assert headers.version == before + 4


def test_a_change_is_seen_by_every_look_up() -> None:
    headers = some_headers()
    assert (headers.get("Via"), headers.get("To")) == ("one", None)
    headers.add("To", "t")
    headers.prepend("Via", "zero")
    assert (headers.get("Via"), headers.get("To")) == ("zero", "t")
    headers.set("To", "u")
    headers.remove("Via")
    assert (headers.get("Via"), headers.get_all("Via"), headers.get("t")) == (None, [], "u")


def test_a_change_ends_what_was_read() -> None:
    headers = some_headers()
    headers.views["top_via"] = "one"
    headers.copy().add("A", "1")
    assert headers.views == {"top_via": "one"}
    headers.add("A", "1")
    assert headers.views == {}


def test_a_copy_is_independent() -> None:
    headers = some_headers()
    copy = headers.copy()
    copy.add("To", "t")
    assert headers.get("To") is None
    assert copy != headers
    assert some_headers() == headers


@pytest.mark.parametrize(
    ("name", "value"), [("A", "x\r\nB: y"), ("A", "x\ny"), ("A", "\0"), ("A\r\nB", "x"), ("A: b\nC", "x")]
)
def test_a_value_cannot_become_another_header(name: str, value: str) -> None:
    headers = some_headers()
    for change in (headers.add, headers.prepend, headers.set):
        with pytest.raises(MisuseError):
            change(name, value)


def test_repr_shows_no_values() -> None:
    assert repr(some_headers()) == "Headers(3 fields)"
