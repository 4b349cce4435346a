"""Typed messages between processes: what goes in comes out, and nothing else comes in."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.core.wire import Codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    digit: Secret[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    octets: bytes
    names: tuple[str, ...] = ()


CODEC: Codec[Pressed | Sent] = Codec(Pressed | Sent)


@given(octets=st.binary(max_size=100), names=st.lists(st.text(max_size=9), max_size=4))
def test_what_goes_in_comes_out(octets: bytes, names: list[str]) -> None:
    message = Sent(octets=octets, names=tuple(names))
    encoded = CODEC.encode(message)
    assert b"\n" not in encoded
    assert CODEC.decode(encoded) == message


def test_a_secret_travels_as_a_secret() -> None:
    decoded = CODEC.decode(CODEC.encode(Pressed(digit=Secret("7"))))
    assert decoded == Pressed(digit=Secret("7")) and "7" not in repr(decoded)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"type":"Other"}',
        b'{"octets":"","names":[]}',
        b'{"type":"Sent","octets":"?","names":[]}',
        b'{"type":"Sent","names":[]}',
        b'{"type":"Sent","octets":"","names":[],"more":1}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_everything_else_is_a_parse_error(octets: bytes) -> None:
    with pytest.raises(ParseError):
        CODEC.decode(octets)


@given(st.binary(max_size=200))
def test_no_octets_raise_anything_else(octets: bytes) -> None:
    try:
        CODEC.decode(octets)
    except ParseError:
        return
    raise AssertionError("random octets are not a message")


def test_one_type_is_no_union() -> None:
    with pytest.raises(TypeError, match="union"):
        Codec(Sent)
