"""A civic location as help receives it."""

from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from pbx.sip.identity.pidf_lo import pidf_lo

AT = datetime(2026, 11, 30, 20, 15, tzinfo=UTC)
WRITTEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\r\n'
    '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" '
    'xmlns:gbp="urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy" '
    'xmlns:ca="urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr" entity="pres:+441632960100@acme.example">'
    '<tuple id="location"><status><gp:geopriv><gp:location-info><ca:civicAddress xml:lang="en-GB">'
    "<ca:country>GB</ca:country><ca:A3>Leeds</ca:A3><ca:RD>Bär &amp; &lt;Co&gt;</ca:RD>"
    "</ca:civicAddress></gp:location-info><gp:usage-rules>"
    "<gbp:retransmission-allowed>true</gbp:retransmission-allowed>"
    "<gbp:retention-expiry>2026-12-01T20:15:00Z</gbp:retention-expiry></gp:usage-rules>"
    "<gp:method>Manual</gp:method></gp:geopriv></status><timestamp>2026-11-30T20:15:00Z</timestamp>"
    "</tuple></presence>\r\n"
)


@pytest.mark.requirement("SIP-40")
@pytest.mark.rfc("5139", "3.1")
def test_the_document_is_literal_and_well_formed() -> None:
    document = pidf_lo(
        "pres:+441632960100@acme.example",
        (("A3", "Leeds"), ("RD", "Bär & <Co>\x00")),
        country="GB",
        language="en-GB",
        at=AT,
    )
    assert document.decode() == WRITTEN
    address = ElementTree.fromstring(document).find(
        ".//{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}civicAddress"
    )
    assert address is not None and [child.text for child in address] == ["GB", "Leeds", "Bär & <Co>"]
