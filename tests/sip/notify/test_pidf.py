"""Presence documents: what we read, what we refuse, what we write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbx.core.errors import ParseError
from pbx.sip.notify.pidf import MAX_BODY, MAX_DEPTH, MAX_NOTE, Presence, parse_pidf

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n'
PIDF = '<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:1001@acme.test">'
RPID = 'xmlns:rpid="urn:ietf:params:xml:ns:pidf:rpid"'


def tuple_(basic: str) -> str:
    return f'<tuple id="t"><status><basic>{basic}</basic></status></tuple>'


@pytest.mark.rfc("3863", "4.1")
@pytest.mark.parametrize(
    ("inside", "presence"),
    [
        ("", Presence(is_open=True)),
        (tuple_("open"), Presence(is_open=True)),
        (tuple_("closed"), Presence(is_open=False)),
        (tuple_("closed") + tuple_("open"), Presence(is_open=True)),
        (tuple_("open") + "<note>  At\n lunch </note>", Presence(is_open=True, note="At lunch")),
        (f"<note>{'x' * (MAX_NOTE + 1)}</note>", Presence(is_open=True, note="x" * MAX_NOTE)),
        (
            f"<p {RPID}><rpid:activities><rpid:busy/><rpid:away/></rpid:activities></p>",
            Presence(is_open=True, activity="busy"),
        ),
        (f"<p {RPID}><rpid:worship/></p>", Presence(is_open=True)),
        ("<busy/>", Presence(is_open=True)),
    ],
)
def test_a_document_of_a_telephone(inside: str, presence: Presence) -> None:
    assert parse_pidf(f"{PIDF}{inside}</presence>".encode()) == presence


@pytest.mark.requirement("REG-08")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "busy",
        "<presence/>",
        f"{PIDF}",
        '<!DOCTYPE p [<!ENTITY a "b">]>' + PIDF + "&a;</presence>",
        '<!DOCTYPE p SYSTEM "file:///etc/passwd">' + PIDF + "</presence>",
        PIDF + "<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH + "</presence>",
        '<?xml version="1.0" encoding="no-such"?>' + PIDF + "</presence>",
    ],
)
def test_what_is_no_presence_document(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_pidf(text.encode())
    assert caught.value.status == 400


def test_depth_and_size_at_their_limits() -> None:
    deep = MAX_DEPTH - 1
    parse_pidf(f"{PIDF}{'<a>' * deep}{'</a>' * deep}</presence>".encode())
    document = f"{PIDF}</presence>"
    assert parse_pidf(document.ljust(MAX_BODY).encode()).is_open
    with pytest.raises(ParseError) as caught:
        parse_pidf(document.ljust(MAX_BODY + 1).encode())
    assert caught.value.status == 413


@given(octets=st.binary(max_size=200))
def test_any_octets_are_read_or_refused(octets: bytes) -> None:
    try:
        parse_pidf(octets)
    except ParseError as error:
        assert error.status in (400, 413)


@pytest.mark.rfc("3863", "4.1")
def test_the_document_of_a_watcher() -> None:
    plain = Presence(is_open=False).document("sip:1001@acme.test", 3, None)
    assert plain.decode() == f"{HEAD}{PIDF}" + (
        '<tuple id="phone"><status><basic>closed</basic></status></tuple></presence>\r\n'
    )
    busy = Presence(is_open=True, activity="on-the-phone", note="<Bob> & co")
    octets = busy.document("sip:1001@acme.test", 3, None)
    assert b"<note>&lt;Bob&gt; &amp; co</note>" in octets
    assert parse_pidf(octets) == busy


@given(is_open=st.booleans(), note=st.text(max_size=50))
def test_what_we_write_we_can_read(is_open: bool, note: str) -> None:
    written = Presence(is_open=is_open, activity="away", note=note)
    read = parse_pidf(written.document("sip:1001@acme.test", 0, None))
    assert (read.is_open, read.activity) == (is_open, "away")
