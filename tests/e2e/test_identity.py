"""A trunk with a profile through the front door: what a carrier sees, and what it must bring."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import serialization

from pbx.core.secret import Secret
from pbx.sip.stir import jws
from pbx.sip.stir.identity_header import parse_identity
from pbx.sip.stir.passport import parse_passport
from tests.e2e.parties import ECHO, from_trunk
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.sipp import CARRIER, DOMAIN, PHONE, Play, authorization, play, playing
from tests.e2e.sipp import free_port as port_of
from tests.sip.stir.conftest import CARRIER as HOLDER
from tests.sip.stir.conftest import ROOT, signer

pytestmark = pytest.mark.asyncio(loop_scope="session")
PROFILE = """
    identity: {send: pai, numbers: national, phone_uris: true, verify: require, sign: true}
    headers: {out: {set: {X-Switch: acme}}}
"""
INVITE = """INVITE sip:01632960102@{pbx} SIP/2.0
Via: SIP/2.0/UDP {carrier};rport;branch=z9hG4bKreplayed
Max-Forwards: 70
From: <sip:07700900123@{carrier}>;tag=replayed
To: <sip:01632960102@{pbx}>
Call-ID: replayed@{carrier}
CSeq: 1 INVITE
Contact: <sip:carrier@{carrier}>
Identity: {identity}
Content-Length: 0

"""
SIGNING = """
stir: {certificate_url: "https://certs.acme.example/acme.pem", key_file: secrets/key.pem}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def signing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX whose trunk signs, and asks for signatures."""
    base: Path = tmp_path_factory.mktemp("identity")
    make_signing(base)
    async with running(base, free_port()) as pbx:
        yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def choosing(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningPbx]:
    """A PBX whose dial plan goes by the verdict: what is disproved talks with itself."""
    base: Path = tmp_path_factory.mktemp("choosing")
    config = make_signing(base)
    trunks, plan = config / "acme/trunks.yaml", config / "acme/dialplan.yaml"
    trunks.write_text(trunks.read_text().replace("verify: require", "verify: annotate"))
    choice = "01632 960102: [{when: {verdict: failed}, flow: echo}, {extension: 1003}]"
    plan.write_text(plan.read_text().replace("01632 960102: {flow: echo}", choice))
    async with running(base, free_port()) as pbx:
        yield pbx


def make_signing(base: Path) -> Path:
    """Return the folder of a configuration with keys and trust anchors."""
    config = prepare(base)
    for name, more in (
        ("acme/trunks.yaml", PROFILE),
        ("acme/tenant.yaml", SIGNING),
        ("pbx.yaml", "\nstir: {trust_anchors: secrets/anchors.pem}\n"),
    ):
        file = config / name
        file.write_text(file.read_text().rstrip() + more)
    secrets = base / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "anchors.pem").write_bytes(ROOT.pem)
    (secrets / "key.pem").write_bytes(
        HOLDER.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return config


@pytest.mark.requirement("SIP-29")
@pytest.mark.requirement("SIP-33")
@pytest.mark.rfc("8224", "6.1")
async def test_a_carrier_gets_the_number_in_its_form_and_a_signature(signing: RunningPbx) -> None:
    uri = f"sip:901632960150@{DOMAIN}"
    answer = authorization("1001", signing.secret("1001"), ("INVITE", uri), signing.port)
    fill = {"called": "901632960150", "caller": "1001", "domain": DOMAIN, "from_domain": DOMAIN}
    blanks: dict[str, str | Secret[str]] = {**fill, "authorization": answer}
    order = Play(scenario="call_out", server=signing.port, port=port_of(PHONE), fill=blanks)
    async with playing(Play(scenario="answering", host=CARRIER, port=5070)) as carrier:
        outcome = await play(order)
        assert outcome.is_played, outcome
        seen = await carrier
    assert seen.is_played, seen
    lines = seen.received[0].replace("\r", "").split("\n")
    assert lines[0].startswith("INVITE sip:01632960150@")
    assert f"P-Asserted-Identity: <sip:01632960100@{DOMAIN};user=phone>" in lines
    assert "X-Switch: acme" in lines
    assert any(line.startswith("Date: ") and line.endswith(" GMT") for line in lines)
    identity = next(line.removeprefix("Identity: ") for line in lines if line.startswith("Identity: "))
    passport = parse_passport(parse_identity(identity).token)
    assert (passport.claims.orig, passport.claims.attest) == ("441632960100", "A")
    assert jws.is_signed(passport.signed, passport.signature, HOLDER.key.public_key())


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
async def test_a_call_without_signature_is_asked_for_one(signing: RunningPbx) -> None:
    outcome = await play(from_trunk(signing, "refused", ECHO, status="428"))
    assert outcome.is_played, outcome


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
async def test_a_signature_for_another_call_is_refused(signing: RunningPbx) -> None:
    replayed = signer(HOLDER).shaken("447700900123", "441632960199", "A", datetime.now(UTC))
    text = INVITE.format(pbx=f"{PHONE}:{signing.port}", carrier=CARRIER, identity=replayed)
    status = await asyncio.to_thread(answer_to, text.replace("\n", "\r\n"), signing.port)
    assert status == "SIP/2.0 438 Invalid Identity Header"


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("signed_for", "status"),
    [("441632960199", "SIP/2.0 200 OK"), ("", "SIP/2.0 480 ")],
    ids=["failed", "none"],
)
async def test_the_verdict_chooses_the_target(choosing: RunningPbx, signed_for: str, status: str) -> None:
    """A replayed signature reaches the flow, a call without one the telephone, which is not there."""
    identity = signer(HOLDER).shaken("447700900123", signed_for, "A", datetime.now(UTC)) if signed_for else ""
    text = INVITE.format(pbx=f"{PHONE}:{choosing.port}", carrier=CARRIER, identity=identity)
    text = text.replace("replayed", f"chosen{signed_for}").replace("Identity: \n", "")
    line = await asyncio.to_thread(answer_to, text.replace("\n", "\r\n"), choosing.port)
    assert line.startswith(status)


def answer_to(invite: str, port: int) -> str:
    """The status line of the final response to an INVITE of the carrier."""
    with socket.socket(type=socket.SOCK_DGRAM) as carrier:
        carrier.bind((CARRIER, 0))
        carrier.settimeout(8.0)
        carrier.connect((PHONE, port))
        carrier.send(invite.encode())
        while True:
            line = carrier.recv(65535).decode().split("\r\n", 1)[0]
            if not line.startswith("SIP/2.0 1"):
                return line
