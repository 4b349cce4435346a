"""The Identity header field."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.stir.identity_header import MAX_HEADER, IdentityHeader, parse_identity


@pytest.mark.rfc("8224", "4")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "a.b.c;info=<https://x.example/c.pem>;alg=ES256;ppt=shaken",
            ("a.b.c", "https://x.example/c.pem", "shaken"),
        ),
        ('a.b.c ; info = <https://x/c> ; ppt="shaken"', ("a.b.c", "https://x/c", "shaken")),
        ("..sig;info=<https://x/c>", ("..sig", "https://x/c", "")),
        ("a.b.c;alg=es256;INFO=<https://x/c;v=1>", ("a.b.c", "https://x/c;v=1", "")),
    ],
)
def test_forms(value: str, expected: tuple[str, str, str]) -> None:
    header = parse_identity(value)
    assert (header.token, header.info, header.ppt) == expected
    assert header.is_compact == value.startswith("..")


def test_it_is_written_as_it_is_read() -> None:
    header = IdentityHeader(token="a.b.c", info="https://x/c", ppt="div")
    assert str(header) == 'a.b.c;info=<https://x/c>;alg=ES256;ppt="div"'
    assert parse_identity(str(header)) == header


@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("", 438),
        ("a.b.c", 438),  # a missing semicolon crashed a well-known implementation
        ("a.b.c info=<https://x/c>", 438),
        ("a.b.c;info=https://x/c", 436),
        ("a.b.c;alg=ES256", 436),
        ("a.b.c;info=<>", 436),
        ("a.b.c;info=<https://x/c>;alg=RS256", 437),
        ("a.b.c;info=<https://x/c>;;", 438),
        ("a b;info=<https://x/c>", 438),
        ("a" * MAX_HEADER + ";info=<https://x/c>", 438),
    ],
)
def test_faults(value: str, status: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_identity(value)
    assert caught.value.status == status
