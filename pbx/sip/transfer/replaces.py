"""The Replaces header of RFC 3891: a dialog as its far end would name it."""

from dataclasses import dataclass

from pbx.core.errors import ParseError
from pbx.sip.dialog import DialogId
from pbx.sip.grammar import find_param, parse_params

MAX_REPLACES = 768  # octets: a Call-ID of 256 and two tags of as much


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaces:
    """`to_tag` is ours, `from_tag` the tag of whoever shares that dialog with us."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @property
    def dialog(self) -> DialogId:
        """The dialog as our table of dialogs knows it."""
        return (self.call_id, self.to_tag, self.from_tag)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"


def parse_replaces(text: str) -> Replaces:
    """Return the header's value; ParseError 400 without a Call-ID and exactly one tag of each side (§6.1)."""
    call_id, semicolon, rest = text.partition(";")
    call_id = call_id.strip(" \t")
    if len(text) > MAX_REPLACES or not call_id or any(not "!" <= char <= "~" for char in call_id):
        raise ParseError("malformed Replaces")
    params = parse_params(semicolon + rest)
    to_tag, from_tag = find_param(params, "to-tag"), find_param(params, "from-tag")
    if not to_tag or not from_tag:
        raise ParseError("a Replaces header without both tags")
    early_only = find_param(params, "early-only") is not None
    return Replaces(call_id=call_id, to_tag=to_tag, from_tag=from_tag, early_only=early_only)
