"""Text from the wire cannot become markup, nor make a document that no parser reads."""

from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from pbx.sip.notify.xml import add, document, root


def test_markup_is_escaped() -> None:
    top = root("a", "urn:x", {"name": '<"&'})
    add(top, "b", "]]><c/>&", display="'\"<")
    text = document(top).decode()
    assert "<c/>" not in text
    assert fromstring(text)[0].text == "]]><c/>&"


@given(text=st.text(), attribute=st.text())
def test_any_text_makes_a_readable_document(text: str, attribute: str) -> None:
    top = root("a", "urn:x", {"name": attribute})
    add(top, "b", text, display=attribute)
    assert fromstring(document(top)).tag == "{urn:x}a"


def test_characters_that_xml_does_not_know_are_left_out() -> None:
    top = root("a", "urn:x", {})
    add(top, "b", "x\x00\x1b\ufffey")
    assert b"<b>xy</b>" in document(top)
