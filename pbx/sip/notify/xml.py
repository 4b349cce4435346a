"""XML documents that we write: elements of text that came from the wire, escaped by the library."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, tostring

__all__ = ["Element", "add", "document", "root"]

# XML 1.0 §2.2 Char: the rest cannot stand in a document, not even as a reference.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def root(tag: str, namespace: str, attributes: Mapping[str, str]) -> Element:
    """Return the first element, with `namespace` as the default one."""
    return Element(tag, {"xmlns": namespace, **_clean(attributes)})


def add(parent: Element, tag: str, text: str = "", **attributes: str) -> Element:
    """Append an element; characters that XML does not know are left out."""
    child = SubElement(parent, tag, _clean(attributes))
    child.text = _FORBIDDEN.sub("", text) or None
    return child


def document(element: Element) -> bytes:
    """Return the octets with their declaration."""
    text: str = tostring(element, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\r\n{text}\r\n'.encode()


def _clean(attributes: Mapping[str, str]) -> dict[str, str]:
    return {name: _FORBIDDEN.sub("", value) for name, value in attributes.items()}
