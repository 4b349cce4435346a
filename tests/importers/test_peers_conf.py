"""Telephones and trunks of `pjsip.conf` and `sip.conf`."""

from pbx.importers.conf import read_conf
from pbx.importers.house import House
from pbx.importers.peers_conf import by_user, read_pjsip, read_sip
from pbx.importers.report import Report

SIP = """\
[general]
bindport=5070
register => user1:word1@203.0.113.5/1
[1001]
type=friend
host=dynamic
secret=abc
context=inside
callerid=Alice <1001>
mailbox=4001@default
[carrier]
type=peer
host=203.0.113.5
call-limit=3
[alice]
type=friend
host=dynamic
"""
PJSIP = """\
[1001]
type=endpoint
aors=1001
auth=1001
callerid="Bob" <1001>
t38_udptl=yes
[1001]
type=auth
auth_type=md5
md5_cred=0123
[1001]
type=aor
max_contacts=1
[out]
type=endpoint
aors=out
outbound_auth=out
[out]
type=aor
contact=sip:[2001:db8::1]:5061\\;transport=tls
[out]
type=auth
username=me
password=word
"""


def house_of(name: str, text: str) -> tuple[House, Report]:
    house, report = House(), Report()
    sections = read_conf({name: text}, name, report)
    (read_pjsip if name == "pjsip.conf" else read_sip)(sections, house, report)
    return house, report


def test_sip_conf() -> None:
    house, report = house_of("sip.conf", SIP)
    one, carrier = house.devices["1001"], house.carriers["carrier"]
    assert (one.name, one.context, one.mailbox) == ("Alice", "inside", "4001")
    assert one.secret is not None and one.secret.reveal() == "abc"
    assert (carrier.host, carrier.sources, carrier.user) == ("203.0.113.5", ["203.0.113.5"], "user1")
    assert carrier.registers and carrier.secret is not None and carrier.secret.reveal() == "word1"
    assert house.sip_port == 5070
    assert set(by_user(house.devices)) == {"1001", "alice"}
    assert [one.what for one in report.left] == ["call-limit=3"]


def test_pjsip_conf() -> None:
    house, report = house_of("pjsip.conf", PJSIP)
    assert house.devices["1001"].name == "Bob" and house.devices["1001"].secret is None
    out = house.carriers["out"]
    assert (out.host, out.port, out.transport, out.user) == ("2001:db8::1", 5061, "tls", "me")
    assert not out.registers
    assert [one.what for one in report.left] == ["auth 1001", "t38_udptl=yes"]


def test_a_number_is_one_telephone() -> None:
    house, report = house_of("pjsip.conf", PJSIP + "[other]\ntype=endpoint\ncallerid=<1001>\n")
    assert house.devices["1001"].name == "Bob"
    assert report.left[-1].what == "telephone other"
