"""Who a trusted peer says is calling."""

import pytest

from pbx.sip.identity.asserted import Asserted, asserted_by
from pbx.sip.message import Headers, Request

PAI, RPID = "P-Asserted-Identity", "Remote-Party-ID"


def heard(*fields: tuple[str, str]) -> Asserted:
    headers = Headers()
    for name, value in fields:
        headers.add(name, value)
    return asserted_by(Request("INVITE", "sip:a@b", headers))


@pytest.mark.rfc("3325", "9.1")
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((), Asserted()),
        (((PAI, '"Ada" <sip:+441632960001@c.example>'),), Asserted("+441632960001")),
        (((PAI, "<sip:c.example>, <tel:+441632960001>"),), Asserted("+441632960001")),
        (((PAI, "<sip:c.example>"), (PAI, "<tel:+441632960001>")), Asserted("+441632960001")),
        (((PAI, "<sip:broken"), (PAI, "<tel:+441632960001>")), Asserted("+441632960001")),
        (((PAI, ",".join(["<sip:c.example>"] * 4 + ["<tel:+441632960001>"])),), Asserted()),
        (((RPID, "<sip:5@c.example>;party=calling;screen=yes;privacy=off"),), Asserted("5")),
        (((RPID, "<sip:5@c.example>"),), Asserted("5")),
        (((RPID, "<sip:5@c.example>;privacy=full"),), Asserted("5", private=True)),
        (((RPID, "<sip:5@c.example>;privacy=uri-network"),), Asserted("5", private=True)),
        (((RPID, "<sip:5@c.example>;screen=no"),), Asserted()),
        (((RPID, "<sip:5@c.example>;party=called"),), Asserted()),
        (((RPID, "<sip:5@c.example>"), (PAI, "<tel:+441632960001>")), Asserted("+441632960001")),
        ((("P-Preferred-Identity", "<sip:5@c.example>"),), Asserted()),
    ],
)
def test_asserted(fields: tuple[tuple[str, str], ...], expected: Asserted) -> None:
    assert heard(*fields) == expected
