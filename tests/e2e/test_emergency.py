"""A call for help through the running PBX: one carrier has no line, the next one is told everything."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from pbx.core.address import Address
from pbx.core.secret import Secret
from pbx.sip.message import Request, parse_message
from pbx.sip.multipart import Part, split
from pbx.testphone.phone import Phone
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import DOMAIN, PHONE, Outcome, Play, authorization, play, playing
from tests.e2e.sipp import free_port as port_of

FULL, RESCUE = "127.0.0.31", "127.0.0.32"
HOME = "+441632960100"
CIVIC = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"


def two_carriers(base: Path) -> tuple[int, int]:
    """One that the rule names, and one that carries calls for help; the ports that they listen at."""
    ports = port_of(FULL), port_of(RESCUE)
    file = prepare(base) / "acme" / "trunks.yaml"
    written = yaml.safe_load(file.read_text())
    written["trunks"]["carrier"]["outbound"] = {"host": FULL, "port": ports[0]}
    written["trunks"]["rescue"] = {
        "outbound": {"host": RESCUE, "port": ports[1]},
        "emergency": {"location": True, "resource_priority": "esnet.0"},
    }
    file.write_text(yaml.safe_dump(written))
    return ports


def rescue_alone(base: Path) -> int:
    """The same, and the rule names the second one: nobody waits for the first; its port."""
    _, port = two_carriers(base)
    file = base / "config" / "acme" / "dialplan.yaml"
    written = file.read_text()
    assert "emergency: {trunk: carrier}" in written
    file.write_text(written.replace("emergency: {trunk: carrier}", "emergency: {trunk: rescue}"))
    return port


def invite(messages: tuple[str, ...]) -> Request:
    """The INVITE among what a carrier has received."""
    text = next(one for one in messages if one.startswith("INVITE"))
    found = parse_message(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())
    assert isinstance(found, Request)
    return found


def enclosed(request: Request) -> list[Part]:
    return list(split(request.headers.get("Content-Type") or "", request.body))


async def dials(pbx: RunningPbx, called: str) -> Outcome:
    """Extension 1003 calls, is answered and hangs up."""
    uri = f"sip:{called}@{DOMAIN}"
    answer = authorization("1003", pbx.secret("1003"), ("INVITE", uri), pbx.port)
    fill: dict[str, str | Secret[str]] = {
        "called": called,
        "caller": "1003",
        "domain": DOMAIN,
        "from_domain": DOMAIN,
        "authorization": answer,
    }
    return await play(Play(scenario="call_out", server=pbx.port, port=port_of(PHONE), fill=fill))


@pytest.mark.requirement("CF-42", "SIP-40", "SIP-23")
async def test_help_learns_who_calls_and_from_where(tmp_path: Path) -> None:
    full_port, rescue_port = two_carriers(tmp_path)
    async with (
        running(tmp_path, free_port()) as pbx,
        playing(Play(scenario="unavailable", host=FULL, port=full_port)) as full,
        playing(Play(scenario="answering", host=RESCUE, port=rescue_port)) as rescue,
    ):
        outcome = await dials(pbx, "999")
        assert outcome.is_played, outcome
        refused, answered = await full, await rescue
        assert (refused.is_played, answered.is_played) == (True, True)
        tried = await dials(pbx, "933")
        assert tried.is_played, tried
    first, told = invite(refused.received), invite(answered.received)
    assert first.headers.get("Priority") == "emergency" and first.content_type == "application/sdp"
    assert HOME in (told.headers.get("From") or "")
    assert told.uri.startswith("sip:999@")
    assert told.headers.get("Priority") == "emergency"
    assert told.headers.get("Resource-Priority") == "esnet.0"
    offer, place = enclosed(told)
    assert (offer.content_type, place.content_type) == ("application/sdp", "application/pidf+xml")
    content_id = (told.headers.get("Geolocation") or "").removeprefix("<cid:").removesuffix(">")
    assert content_id and f"Content-ID: <{content_id}>".encode() in told.body
    address = ElementTree.fromstring(place.body).find(f".//{CIVIC}civicAddress")
    assert address is not None
    said = {child.tag.removeprefix(CIVIC): child.text for child in address}
    assert (said["country"], said["A3"], said["RD"], said["FLR"]) == ("GB", "Manchester", "High Street", "2")


@pytest.mark.requirement("CF-43")
async def test_help_calls_back_also_after_a_restart(tmp_path: Path) -> None:
    rescue_port = rescue_alone(tmp_path)
    port = free_port()
    async with (
        running(tmp_path, port) as pbx,
        playing(Play(scenario="answering", host=RESCUE, port=rescue_port)),
    ):
        assert (await dials(pbx, "999")).is_played
    async with running(tmp_path, port) as pbx:
        secret = pbx.secret("1003")
        desk = Phone(Address("127.0.0.1", 0), user="1003", domain=DOMAIN, server=pbx.server, password=secret)
        carrier = Phone(Address("127.0.0.2", 0), user="999", domain=DOMAIN, server=pbx.server)
        await desk.start()
        await desk.register()
        await carrier.start()
        call = await carrier.call("01632960100")  # by the plan this is a flow
        ringing = await desk.incoming(5.0)
        ringing.answer()
        assert await call.wait_answered(5.0) == 200
        call.hang_up()
        await carrier.close()
        await desk.close()


@pytest.mark.requirement("CF-42")
async def test_the_desk_hears_who_calls_from_where(tmp_path: Path) -> None:
    rescue_port = rescue_alone(tmp_path)
    file = tmp_path / "config" / "acme" / "emergency.yaml"
    file.write_text(file.read_text() + "desk: {extensions: [1001, 1003]}\n")
    async with (
        running(tmp_path, free_port()) as pbx,
        playing(Play(scenario="answering", host=RESCUE, port=rescue_port)) as rescue,
    ):
        secret = pbx.secret("1001")
        desk = Phone(Address("127.0.0.1", 0), user="1001", domain=DOMAIN, server=pbx.server, password=secret)
        await desk.start()
        await desk.register()
        assert (await dials(pbx, "999")).is_played
        alarm = await desk.incoming(5.0)
        assert alarm.remote_display.startswith("EMERGENCY 999 Carol, floor 2")
        alarm.answer()
        assert await alarm.wait_answered(5.0) == 200
        await alarm.wait_ended(60.0)
        assert len(alarm.heard) > 8000 * 8  # the whole sentence, twice
        await desk.close()
        assert (await rescue).is_played
