"""Certificates over real HTTPS on loopback: a real server, a CA of our own, and peers that misbehave."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pbx.conditions.circumstances import Circumstances
from pbx.conditions.condition import Condition
from pbx.core.errors import TransportError
from pbx.core.io.clock import utc_now
from pbx.dialplan.plan import DialPlan
from pbx.dialplan.routes import Route, ToExtension, ToFlow
from pbx.dialplan.rules import DidRule, PlanRules
from pbx.sip.events import TrunkOrigin
from pbx.sip.message import Request, parse_message
from pbx.sip.stir.condition import VerdictCondition
from pbx.sip.stir.credential import MAX_CHAIN_OCTETS
from pbx.sip.stir.io.fetch import CertificateFetcher
from pbx.sip.stir.io.verifier import VERDICT_S, Revocation, TrustSettings, Verifier
from pbx.sip.stir.signed_call import SignedCall, signed_call
from pbx.sip.stir.verdict import NOT_VERIFIED, Status, StirVerdict
from pbx.sip.stir.x5u import PORTS, CertificateUrl
from tests.sip.stir.conftest import DEST, ORIG, SPC, Holder, issue, revocations, signer

HOST, LOOPBACK = "certs.example.org", "127.0.0.77"
STARTED = datetime.now(UTC) - timedelta(hours=1)
WEB = issue("web authority", is_authority=True, begins=STARTED)
STI = issue("telephone authority", is_authority=True, begins=STARTED)
CARRIER = issue("SHAKEN 709J", STI, numbers=SPC, begins=STARTED)
INVITE = """INVITE sip:01632960100@pbx.example SIP/2.0
Via: SIP/2.0/UDP 127.0.0.2:5070;branch=z9hG4bKsigned
Max-Forwards: 70
From: <sip:01632960001@127.0.0.2>;tag=1
To: <sip:01632960100@pbx.example>
Call-ID: signed@127.0.0.2
CSeq: 1 INVITE
Contact: <sip:127.0.0.2:5070>
Identity: {identity}
Content-Length: 0

"""
SCREENED = DialPlan(
    PlanRules(
        tenant="acme",
        country="GB",
        dids=(
            DidRule(
                number=f"+{DEST}",
                target=ToExtension(extension="1003"),
                place="dialplan.yaml:3",
                when=Condition(verdict=VerdictCondition(attestations=("A",))),
            ),
            DidRule(number=f"+{DEST}", target=ToFlow(flow="support"), place="dialplan.yaml:4"),
        ),
    )
)
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def web_context(folder: Path, name: str = HOST) -> ssl.SSLContext:
    """Return the server's TLS context, certified for `name` by the web authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(LOOPBACK))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(WEB.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(STARTED)
        .not_valid_after(STARTED + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(WEB.key.public_key()), critical=False
        )
        .sign(WEB.key, hashes.SHA256())
    )
    file = folder / "web.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def http(status: str, body: bytes, *fields: str) -> Answer:
    """Answer every request with this."""
    head = "\r\n".join((f"HTTP/1.1 {status}", *(fields or (f"Content-Length: {len(body)}",)), "", ""))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send one octet and nothing more."""
    writer.write(b"H")
    await reader.read()


@asynccontextmanager
async def served(answer: Answer, context: ssl.SSLContext, port: int = 0) -> AsyncIterator[CertificateUrl]:
    """Serve on loopback; the URL is that of the served place."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client left, as it should
        finally:
            writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, port, ssl=context)
    async with server:
        bound = server.sockets[0].getsockname()[1]
        yield CertificateUrl(host=HOST, port=bound, target="/acme.pem")


async def loopback(url: CertificateUrl) -> list[str]:
    """Find every name on our loopback address."""
    return [LOOPBACK]


def fetcher(**options: float) -> CertificateFetcher:
    """Return a fetcher that may speak with loopback and believes the web authority."""
    context = ssl.create_default_context(cadata=WEB.pem.decode())
    return CertificateFetcher(context, loopback, lambda address: address == LOOPBACK, **options)


def verifier(anchor: Holder = STI, verdict_s: float = VERDICT_S) -> Verifier:
    """Return a verifier that trusts one telephone authority."""
    return Verifier(
        trust=TrustSettings(anchors=(anchor.certificate,)), fetcher=fetcher(), verdict_s=verdict_s
    )


def call() -> SignedCall:
    """Return a call that the carrier signed just now."""
    identity = signer(CARRIER, f"https://{HOST}:{PORTS[1]}/acme.pem").shaken(ORIG, DEST, "A", utc_now())
    return SignedCall(identities=(identity,), orig=ORIG, to=DEST, called=DEST)


@pytest.mark.parametrize(
    "answer",
    [
        http("200 OK", b"chain"),
        http("200 OK", b"3\r\ncha\r\n2;x=1\r\nin\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        http("200 OK", b"chain", "Server: old"),
    ],
    ids=["length", "chunked", "until closed"],
)
async def test_three_ways_to_end_a_body(tmp_path: Path, answer: Answer) -> None:
    async with served(answer, web_context(tmp_path)) as url:
        fetched = await fetcher().fetch(url)
    assert (fetched.body, fetched.max_age_s) == (b"chain", None)


async def test_how_long_it_holds(tmp_path: Path) -> None:
    answer = http("200 OK", b"", "Content-Length: 0", "Cache-Control: public, max-age=600")
    async with served(answer, web_context(tmp_path)) as url:
        assert (await fetcher().fetch(url)).max_age_s == 600


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http("302 Found", b"", "Location: http://169.254.169.254/"), "the answer is 302"),
        (http("404 Not Found", b""), "the answer is 404"),
        (http("200 OK", b"", f"Content-Length: {MAX_CHAIN_OCTETS + 1}"), "more than"),
        (http("200 OK", b"x" * (MAX_CHAIN_OCTETS + 1), "Server: old"), "more than"),
        (http("200 OK", b"fffff\r\n", "Transfer-Encoding: chunked"), "more than"),
        (http("200 OK", b"-1\r\n", "Transfer-Encoding: chunked"), "malformed length"),
        (http("200 OK", b"", "Content-Length: +5"), "malformed length"),
        (http("200 OK", b"abc", "Content-Length: 5"), "IncompleteReadError"),
        (http("200 OK", b"", "X: " + "y" * 10_000), "LimitOverrunError"),
        (never, "did not answer"),
    ],
)
async def test_answers_that_are_no_certificate(tmp_path: Path, answer: Answer, reason: str) -> None:
    async with served(answer, web_context(tmp_path)) as url:
        with pytest.raises(TransportError, match=reason):
            await fetcher(deadline_s=0.5).fetch(url)


async def test_the_name_on_the_servers_certificate_counts(tmp_path: Path) -> None:
    async with served(http("200 OK", b"chain"), web_context(tmp_path, "evil.example.org")) as url:
        with pytest.raises(TransportError, match="SSLCertVerificationError"):
            await fetcher().fetch(url)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], []])
async def test_private_addresses_are_not_asked(addresses: list[str]) -> None:
    async def resolve(url: CertificateUrl) -> list[str]:
        return addresses

    with pytest.raises(TransportError, match="not on the public network"):
        await CertificateFetcher(resolve=resolve).fetch(CertificateUrl(host=HOST, port=443, target="/"))


@pytest.mark.rfc("8224", "6.2")
async def test_a_signed_call_is_verified_and_the_certificate_remembered(tmp_path: Path) -> None:
    ours = verifier()
    async with served(http("200 OK", CARRIER.pem), web_context(tmp_path), PORTS[1]):
        verdict = await ours.verify(call())
    assert (verdict.status, verdict.attestation) == (Status.PASSED, "A")
    assert (await ours.verify(call())).status is Status.PASSED  # with nobody to ask any more


async def test_a_chain_of_another_authority(tmp_path: Path) -> None:
    async with served(http("200 OK", CARRIER.pem), web_context(tmp_path), PORTS[1]):
        verdict = await verifier(WEB).verify(call())
    assert (verdict.status, verdict.code) == (Status.FAILED, 437)


async def test_a_silent_server_costs_the_caller_a_moment_only(tmp_path: Path) -> None:
    ours = verifier(verdict_s=0.2)
    async with served(never, web_context(tmp_path), PORTS[1]):
        assert await ours.verify(call()) == NOT_VERIFIED
    assert (await ours.verify(call())).code == 436  # nobody listens there


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("8224", "6.2.2")
@pytest.mark.parametrize(
    ("level", "route"), [("A", ToExtension(extension="1003")), ("C", ToFlow(flow="support"))]
)
async def test_the_octets_of_a_signed_invite_decide_where_it_goes(
    tmp_path: Path, level: Literal["A", "C"], route: Route
) -> None:
    identity = signer(CARRIER, f"https://{HOST}:{PORTS[1]}/acme.pem").shaken(ORIG, DEST, level, utc_now())
    invite = parse_message(INVITE.format(identity=identity).replace("\n", "\r\n").encode())
    assert isinstance(invite, Request)
    async with served(http("200 OK", CARRIER.pem), web_context(tmp_path), PORTS[1]):
        verdict = await verifier().verify(signed_call(invite, "01632960001", "GB"))
    routing = SCREENED.match(
        "01632960100", TrunkOrigin(trunk="carrier", tenant="acme"), Circumstances(verdict=verdict)
    )
    assert routing.route == route
    assert f"verdict passed, attestation {level}" in routing.trace[1]


LIST_URL = f"https://{HOST}:{PORTS[1]}/list.crl"
LISTED = issue("SHAKEN with a list", STI, numbers=SPC, begins=STARTED, crl=LIST_URL)


def both(crl: Answer) -> Answer:
    """Serve the certificate, and something else where its list should be."""
    certificate = http("200 OK", LISTED.pem)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        again = asyncio.StreamReader()
        again.feed_data(head)
        await (crl if head.startswith(b"GET /list.crl ") else certificate)(again, writer)

    return answer


async def listed(tmp_path: Path, answer: Answer, revocation: Revocation) -> StirVerdict:
    ours = verifier()
    ours.swap(TrustSettings(anchors=(STI.certificate,), revocation=revocation))
    identity = signer(LISTED, f"https://{HOST}:{PORTS[1]}/acme.pem").shaken(ORIG, DEST, "A", utc_now())
    signed = SignedCall(identities=(identity,), orig=ORIG, to=DEST, called=DEST)
    async with served(both(answer), web_context(tmp_path), PORTS[1]):
        verdict = await ours.verify(signed)
    assert await ours.verify(signed) == verdict, "with nobody to ask any more"
    return verdict


@pytest.mark.requirement("SIP-28")
@pytest.mark.rfc("5280", "6.3")
@pytest.mark.parametrize(
    ("revocation", "withdrawn", "status"),
    [
        ("soft", False, Status.PASSED),
        ("hard", False, Status.PASSED),
        ("soft", True, Status.FAILED),
        ("hard", True, Status.FAILED),
        ("off", True, Status.PASSED),
    ],
)
async def test_a_withdrawn_certificate(
    tmp_path: Path, revocation: Revocation, withdrawn: bool, status: Status
) -> None:
    crl = revocations(STI, *((LISTED,) if withdrawn else ()), at=utc_now())
    verdict = await listed(tmp_path, http("200 OK", crl), revocation)
    assert verdict.status is status
    if status is Status.FAILED:
        assert (verdict.code, verdict.detail) == (437, "the certificate was withdrawn")


@pytest.mark.parametrize(("revocation", "status"), [("soft", Status.PASSED), ("hard", Status.FAILED)])
@pytest.mark.parametrize("answer", [http("404 Not Found", b""), http("200 OK", b"junk"), never])
async def test_a_list_that_cannot_be_had(
    tmp_path: Path, answer: Answer, revocation: Revocation, status: Status
) -> None:
    verdict = await listed(tmp_path, answer, revocation)
    assert verdict.status is status
    assert verdict.code == (437 if status is Status.FAILED else 0)


async def test_a_certificate_without_a_list_does_not_do_where_one_is_demanded(tmp_path: Path) -> None:
    ours = verifier()
    ours.swap(TrustSettings(anchors=(STI.certificate,), revocation="hard"))
    async with served(http("200 OK", CARRIER.pem), web_context(tmp_path), PORTS[1]):
        verdict = await ours.verify(call())
    assert (verdict.status, verdict.detail) == (Status.FAILED, "the certificate names no list of revocations")
