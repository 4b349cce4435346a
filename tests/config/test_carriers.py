"""Which carriers are registered with and watched, and how they are reached."""

from pathlib import Path

import pytest

from pbx.config.carriers import serve_trunks
from pbx.config.load import load
from pbx.core.secret import Secret
from pbx.sip.credentials import DigestCredentials
from pbx.sip.locate.rules import ServerName
from pbx.sip.trunk.effects import Carrier, HealthWish, RegistrationWish

ACCOUNT = DigestCredentials(username="acme7", password=Secret("x"), realm="sip.blue.example")
END = "    caller_id: 01632 960100\n"
BLUE = """\
  blue:
    outbound: {host: sip.blue.example}
    identify: {line: true}
    account: {user: acme7, secret_file: secrets/blue}
    register: {expires: 10 min}
    health: {interval: 1 min, timeout: 2s, down_after: 2, up_after: 1}
"""


@pytest.mark.requirement("SIP-21")
def test_a_trunk_becomes_a_carrier(folder: Path) -> None:
    file = folder / "acme" / "trunks.yaml"
    file.write_text(file.read_text().replace(END, END + BLUE))
    (folder.parent / "secrets").mkdir()
    (folder.parent / "secrets" / "blue").write_text("x\n")
    order = serve_trunks(load(folder), {"acme/blue": ACCOUNT}, {"acme/blue": "t0ken"})
    assert order.carriers == (
        Carrier(
            tenant="acme",
            name="blue",
            server=ServerName(host="sip.blue.example", proves="sip.blue.example"),
            account=ACCOUNT,
            registration=RegistrationWish(aor="sip:acme7@sip.blue.example", expires_s=600, line="t0ken"),
            health=HealthWish(interval_s=60.0, timeout_s=2.0, down_after=2, up_after=1),
        ),
    )


def test_a_trunk_without_either_is_none(folder: Path) -> None:
    assert serve_trunks(load(folder), {}, {}).carriers == ()


def test_an_address_is_reached_without_dns(folder: Path) -> None:
    file = folder / "acme" / "trunks.yaml"
    file.write_text(file.read_text().replace(END, END + "    health: {}\n"))
    (carrier,) = serve_trunks(load(folder), {}, {}).carriers
    assert carrier.server == ServerName(host="127.0.0.2", port=5070, transport="udp")
