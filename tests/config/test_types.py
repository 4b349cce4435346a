"""Field types: what is accepted as a name, a number, a network, and what is not."""

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from pbx.config import types


class Fields(types.Strict):
    """One field of each type."""

    name: types.Name = "a"
    extension: types.ExtensionNumber = "1001"
    dialled: types.Dialled = "01632 960100"
    duration: types.Duration = 1.0
    cidr: types.Cidr = "127.0.0.2/32"
    host: types.Host = "::1"
    port: types.Port = 5060
    domain: types.Domain = "acme.example"
    country: types.Country = "GB"
    language: types.Language = "en-GB"
    text: types.Text = "Hello."
    listed: Annotated[tuple[str, ...], types.Listed, types.Unique] = ()


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("name", "a" * 32, "a" * 32),
        ("extension", 1001, "1001"),
        ("extension", "1234567", "1234567"),
        ("dialled", 999, "999"),
        ("duration", "25s", 25.0),
        ("cidr", "192.0.2.0/24", "192.0.2.0/24"),
        ("cidr", "192.0.2.1", "192.0.2.1/32"),
        ("cidr", "2001:db8::/32", "2001:db8::/32"),
        ("host", "192.0.2.1", "192.0.2.1"),
        ("text", "x" * types.MAX_TEXT, "x" * types.MAX_TEXT),
        ("listed", ["a", "b"], ("a", "b")),
    ],
)
def test_accepted(field: str, written: object, value: object) -> None:
    assert getattr(Fields.model_validate({field: written}), field) == value


REFUSED: list[tuple[str, Any]] = [
    ("name", "a" * 33),
    ("name", "Sales"),
    ("name", "../x"),
    ("name", "a\n"),
    ("extension", "0100"),
    ("extension", "1"),
    ("extension", "12345678"),
    ("extension", True),
    ("extension", "\u0661\u0660"),
    ("dialled", "12"),
    ("duration", 25),
    ("duration", "25"),
    ("cidr", "192.0.2.1/24"),
    ("cidr", "carrier.example"),
    ("host", "localhost"),
    ("port", 0),
    ("port", 65536),
    ("port", "5060"),
    ("domain", "acme"),
    ("domain", "ACME.example"),
    ("country", "UK!"),
    ("language", "en"),
    ("text", ""),
    ("text", "x" * (types.MAX_TEXT + 1)),
    ("listed", ["a", "a"]),
    ("unknown", 1),
]


@pytest.mark.parametrize(("field", "written"), REFUSED)
def test_refused(field: str, written: object) -> None:
    with pytest.raises(ValidationError):
        Fields.model_validate({field: written})
