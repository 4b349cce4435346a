"""`pbx bans` against the control socket of a running PBX."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from pbx.config.places import Places
from pbx.core.address import Address
from pbx.core.audit import AuditFact
from pbx.core.io.clock import monotonic, utc_now
from pbx.runner import control
from pbx.runner.ban_desk import BanDesk
from pbx.runner.control import Control
from pbx.sip.admission import Admission
from pbx.sip.defence.defence import Defence
from pbx.sip.edge import NO_EDGES
from pbx.sip.settings import EndpointSettings
from pbx.sip.trunk.identification import Identification
from tests.cli.conftest import Pbx

EVE = "198.51.100.66"


@pytest.fixture
def notes() -> list[AuditFact]:
    """What was put on the record."""
    return []


@pytest.fixture
async def admission(places: Places, notes: list[AuditFact]) -> AsyncIterator[Admission]:
    """Alice is banned at Eve's, and all of a network of IPv6, where Bob has proved himself."""
    settings = EndpointSettings(listen=Address("192.0.2.1", 5060), domains={"acme.example": "acme"})
    defence = Defence(settings.defence, Identification(()), NO_EDGES)
    admission = Admission(settings, bytes(32), defence)
    failures, now = admission.failures, monotonic()
    realm = "acme.example"
    for n in range(5):
        failures.failed(EVE, (realm, "1001"), f"{n}", now)
    failures.proved("2001:db8::7", (realm, "1002"), now)
    for n in range(50):
        failures.failed("2001:db8::6", (realm, f"9{n:03}"), f"{n}", now)
    async with await control.listen(
        places.control_socket, Control(dict, lambda _: None, dict, bans=BanDesk(admission, notes.append))
    ):
        yield admission


@pytest.mark.requirement("FRD-05")
@pytest.mark.usefixtures("admission")
async def test_who_why_and_until_when(pbx: Pbx) -> None:
    of_user, of_source = (await pbx("bans", "list", "--json")).json
    assert (of_user["source"], of_user["user"].partition("@")[0]) == (EVE, "1001")
    assert (of_user["cause"], of_user["tenant"]) == ("5 wrong passwords", "acme")
    assert 890 < (datetime.fromisoformat(of_user["until_at"]) - utc_now()).total_seconds() <= 900
    assert (of_source["source"], of_source["user"], of_source["spared"]) == ("2001:db8::/64", "", 1)
    assert of_source["cause"] == "50 wrong passwords for several users"
    assert EVE in (await pbx("bans", "list")).out


@pytest.mark.requirement("FRD-05")
async def test_one_command_lifts_it_and_says_so_on_the_record(
    pbx: Pbx, admission: Admission, notes: list[AuditFact]
) -> None:
    said = await pbx("bans", "lift", EVE, "--user", "1001", "--reason", "a new telephone", "--json")
    assert [one["source"] for one in said.json] == [EVE]
    assert (await pbx("bans", "lift", "2001:db8::99")).code == 0  # any address of its network
    assert (await pbx("bans", "list", "--json")).json == [] == admission.failures.bans(monotonic())
    assert [(fact.kind, fact.details["source"]) for fact in notes] == [
        ("defence.ban_lifted", "198.51.100.0/24"),
        ("defence.ban_lifted", "2001:db8::/48"),
    ]
    assert str(notes[0].details["actor"]).startswith("operator/")
    assert notes[0].details["reason"] == "a new telephone"


@pytest.mark.usefixtures("admission")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["198.51.100.67"], "no ban of 198.51.100.67 is in force: see `pbx bans list`"),
        ([EVE, "--user", "1002"], f"no ban of 1002 at {EVE} is in force: see `pbx bans list`"),
        (["example.org"], "source: an IP address is needed, as `pbx bans list` has it"),
        ([EVE, "--reason", "a\nb"], "printable characters are needed"),
    ],
)
async def test_what_cannot_be_lifted_is_one_line(pbx: Pbx, words: list[str], line: str) -> None:
    said = await pbx("bans", "lift", *words)
    assert (said.code, said.out) == (1, "")
    assert line in said.err and said.err.count("\n") == 1


async def test_without_a_running_pbx(pbx: Pbx) -> None:
    said = await pbx("bans", "list")
    assert said.code == 1 and "does not run here" in said.err
