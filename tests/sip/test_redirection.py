"""Contacts of a 3xx."""

import pytest

from pbx.sip.message import Headers, Response
from pbx.sip.redirection import MAX_CONTACTS, moved_to


def response(status: int, *contacts: str) -> Response:
    headers = Headers()
    for contact in contacts:
        headers.add("Contact", contact)
    return Response(status, "", headers)


@pytest.mark.rfc("3261", "8.1.3.4")
@pytest.mark.parametrize(
    ("contacts", "expected"),
    [
        (("<sip:1002@pbx.example>",), ("sip:1002@pbx.example",)),
        (("<sip:a@x.example>;q=0.2, <sip:b@x.example>;q=0.7",), ("sip:b@x.example", "sip:a@x.example")),
        (("<sip:a@x.example>;q=nan", "<sip:b@x.example>"), ("sip:b@x.example", "sip:a@x.example")),
        (("<sip:a@x.example>;q=9", "<sip:b@x.example>;q=x"), ("sip:a@x.example", "sip:b@x.example")),
        (("<tel:+44-1632-960001>",), ("tel:+441632960001",)),
        (("<sip:a@x.example?Replaces=1&From=x>",), ("sip:a@x.example",)),
        (("<http://x.example>",), ()),
        ((), ()),
    ],
)
def test_moved_to(contacts: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert moved_to(response(302, *contacts)) == expected
    assert moved_to(response(486, *contacts)) == ()


def test_the_limit() -> None:
    many = tuple(f"<sip:{n}@x.example>" for n in range(MAX_CONTACTS + 1))
    assert len(moved_to(response(300, *many))) == MAX_CONTACTS
