"""The sample configuration as the engine sees it, and problems of many files at once."""

import shutil
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pbx.config.load import ConfigProblems, load
from pbx.config.models import Extension, Group, Trunk, WatchingSettings
from pbx.consent.io.shipped import shipped_texts
from pbx.core.address import Address
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import ToExtension, ToFlow, ToTrunk
from pbx.ivr.steps import RecordingConsent
from pbx.services.voicemail import THANKS
from pbx.sip.events import DeviceOrigin
from pbx.sip.identity.profile import TrunkProfile
from pbx.verify.prompts import TEXTS as VERIFY_TEXTS

SAMPLE = Path(__file__).parents[2] / "config"


def test_the_fixed_points_of_the_sample() -> None:
    configuration = load(SAMPLE)
    pbx, acme = configuration.pbx, configuration.tenants["acme"]
    assert (pbx.sip.host, pbx.sip.port, pbx.sip.transports) == ("127.0.0.1", 5060, ("udp", "tcp"))
    assert (pbx.rtp.first_port, pbx.rtp.last_port, pbx.rtp.timeout_s) == (16384, 32767, 30.0)
    assert (acme.domain, acme.country, acme.timezone) == ("acme.example", "GB", "Europe/London")
    assert acme.extensions["1001"] == Extension(number="1001", name="Alice")
    assert [acme.extensions[number].name for number in ("1002", "1003")] == ["Bob", "Carol"]
    assert acme.lists == {"agents": ("1001", "1002")}
    assert acme.watching == WatchingSettings()
    assert acme.groups == {"support": Group(name="support", title="Support", members=("1001", "1002"))}
    assert acme.trunks == {
        "carrier": Trunk(
            name="carrier",
            source=("127.0.0.2/32",),
            outbound=Address("127.0.0.2", 5070),
            transport="udp",
            trusted=True,
            caller_id="+441632960100",
            profile=TrunkProfile(country="GB", trusted=True),
        )
    }
    assert acme.dids == {
        "+441632960100": ToFlow(flow="support"),
        "+441632960101": ToExtension(extension="1003"),
        "+441632960102": ToFlow(flow="echo"),
    }
    assert acme.customers is not None and acme.customers.is_file()
    assert acme.consent.staff_notice.acknowledged == ("1001", "1002", "1003")
    assert acme.verification.lock_s == 86400.0
    assert configuration.warnings == ()


def test_a_call_of_the_sample_hears_recordings_only() -> None:
    index = yaml.safe_load((SAMPLE / "acme" / "prompts" / "en-GB" / "index.yaml").read_text())
    consent = shipped_texts()
    flows = load(SAMPLE).tenants["acme"].flows.values()
    (asked,) = (step for flow in flows for step in flow.steps.values() if isinstance(step, RecordingConsent))
    told = [consent.prompt(mode, "en-GB", asked.purposes) for mode in ("notify", "notify_optout")]
    sentences = {prompt.text for prompt in told if prompt is not None}
    verify = VERIFY_TEXTS["en-GB"]
    sentences |= {verify.ask, verify.invalid, verify.wrong, verify.failed, THANKS}
    assert len(told) == 2 and None not in told
    assert sentences - set(index.values()) == set()


def test_the_recordings_are_what_the_media_plane_plays() -> None:
    for file in sorted((SAMPLE / "acme" / "prompts").rglob("*.wav")):
        with wave.open(str(file)) as opened:
            found = (opened.getframerate(), opened.getsampwidth(), opened.getnchannels())
        assert (file.name, found) == (file.name, (8000, 2, 1))


def test_every_telephone_of_the_sample_reaches_help() -> None:
    for tenant in load(SAMPLE).tenants.values():
        plan = DialPlan(tenant.rules)
        for extension in tenant.extensions:
            for number in ("999", "112"):
                route = plan.match(number, DeviceOrigin(tenant=tenant.name, extension=extension)).route
                assert isinstance(route, ToTrunk) and route.emergency and route.number == number


def test_places_lead_to_the_lines_of_the_files() -> None:
    acme = load(SAMPLE).tenants["acme"]
    lines = (SAMPLE / "acme" / "dialplan.yaml").read_text().splitlines()
    for did in acme.rules.dids:
        file, _, line = did.place.rpartition(":")
        assert file == "config/acme/dialplan.yaml"
        assert did.number.removeprefix("+44") in lines[int(line) - 1].replace(" ", "")


def test_the_sip_port_of_the_environment() -> None:
    assert load(SAMPLE, {"PBX_SIP_PORT": "5090"}).pbx.sip.port == 5090
    assert load(SAMPLE, {"PBX_SIP_PORT": ""}).pbx.sip.port == 5060


@pytest.mark.parametrize("text", ["0", "65536", "sip", "٥", "-1"])
def test_a_wrong_sip_port_of_the_environment(text: str) -> None:
    with pytest.raises(ConfigProblems, match="PBX_SIP_PORT.*not a port"):
        load(SAMPLE, {"PBX_SIP_PORT": text})


@pytest.mark.requirement("F-07")
def test_all_problems_of_all_files_come_at_once_in_order(folder: Path) -> None:
    edits = {
        "pbx.yaml": ("port: 5060", "prot: 5060"),
        "acme/extensions.yaml": ("{name: Bob}", "{name: 7}"),
        "acme/dialplan.yaml": ("flow: echo", "flow: ehco"),
        "acme/flows/support.yaml": ("next: consent", "next: consnet"),
        "acme/tenant.yaml": ("Europe/London", "Europe/Londno"),
    }
    for name, (old, new) in edits.items():
        file = folder / name
        file.write_text(file.read_text().replace(old, new))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    assert [str(error) for error in caught.value.errors] == [
        "config/acme/dialplan.yaml:4:24: inbound.01632 960102.flow: there is no flow ehco"
        " (did you mean echo?)",
        "config/acme/extensions.yaml:4:16: extensions.1002.name: expected text;"
        " what looks like a number needs quotes",
        "config/acme/flows/support.yaml:4:55: steps.welcome.next: there is no step consnet"
        " (did you mean consent?)",
        "config/acme/tenant.yaml:4:11: timezone: unknown time zone Europe/Londno",
        "config/pbx.yaml:4:3: sip.prot: unknown key prot (did you mean port?)",
    ]


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(tmp_path / "config")
    assert [error.message for error in caught.value.errors] == [
        "there is no folder with a tenant.yaml",
        "the file is missing",
    ]


def test_two_tenants_may_not_share_a_domain_or_a_carrier(folder: Path) -> None:
    (folder / "acme").rename(folder / "bolt")
    shutil.copytree(folder / "bolt", folder / "acme")
    tenant = folder / "bolt" / "tenant.yaml"
    tenant.write_text(tenant.read_text().replace("tenant: acme", "tenant: bolt"))
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    assert [str(error) for error in caught.value.errors] == [
        "config/bolt/tenant.yaml:2:9: domain: two tenants have the domain acme.example"
        " (see config/acme/tenant.yaml:2)",
        "config/bolt/trunks.yaml:3:14: trunks.carrier.source.0: 127.0.0.2/32 belongs to another trunk"
        " (see config/acme/trunks.yaml:3)",
    ]


def test_a_badly_written_step_does_not_hide_wrong_names_of_steps(folder: Path) -> None:
    file = folder / "acme" / "flows" / "support.yaml"
    text = file.read_text().replace("for: 25s", "for: 25").replace("start: welcome", "start: welcom")
    text = text.replace("verified: agents", "verified: agent")
    file.write_text(text + "  choice: {menu: Which one, keys: [1], otherwise: nowhere}\n")
    with pytest.raises(ConfigProblems) as caught:
        load(folder)
    said = "\n".join(str(error) for error in caught.value.errors)
    for expected in ("a duration", "no step welcom ", "no step agent ", "no step nowhere"):
        assert expected in said


def test_a_trunk_over_udp_needs_the_socket(spoil: Callable[[str, str, str], list[str]]) -> None:
    (line,) = spoil("pbx.yaml", "transports: [udp, tcp]", "transports: [tcp]")
    assert line.startswith("config/acme/trunks.yaml:4:15: trunks.carrier.outbound: calls go out by udp")
    assert spoil("acme/trunks.yaml", "port: 5070}", "port: 5070, transport: tcp}") == []


@pytest.mark.parametrize("escrow", ["age1", "AGE1QQQ", "acme", "age1" + "q" * 58])
def test_an_escrow_recipient_is_an_age_recipient(
    spoil: Callable[[str, str, str], list[str]], escrow: str
) -> None:
    (line,) = spoil("pbx.yaml", "recording:\n", f"recording:\n  escrow: {escrow}\n")
    assert line.startswith("config/pbx.yaml:")
    assert "recording.escrow: " in line
    assert "age-keygen -y" in line


def test_extensions_that_are_alike_are_written_once(folder: Path) -> None:
    file = folder / "acme" / "extensions.yaml"
    file.write_text(
        "extensions:\n"
        "  1001: &desk {name: Alice, max_contacts: 2, acl: [192.0.2.0/24]}\n"
        "  1002: {<<: *desk, name: Bob}\n"
        "  1003: {<<: *desk, name: Carol, max_contacts: 3}\n"
    )
    found = load(folder).tenants["acme"].extensions
    assert [(one.name, one.registration.max_contacts) for one in found.values()] == [
        ("Alice", 2),
        ("Bob", 2),
        ("Carol", 3),
    ]
    assert len({one.registration.networks for one in found.values()}) == 1
    file.write_text(file.read_text().replace("max_contacts: 2", "max_contacts: none"))
    with pytest.raises(ConfigProblems) as problems:
        load(folder)
    assert {error.line for error in problems.value.errors} == {2}, "where it is written"
