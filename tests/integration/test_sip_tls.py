"""SIP over TLS on loopback: who is believed, what is refused, and certificates that are replaced."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.core.address import Address
from pbx.core.errors import TransportError
from pbx.core.ids import LegId
from pbx.sip.effects import Answer, HangUp
from pbx.sip.events import (
    CallOffered,
    LegAnswered,
    LegConfirmed,
    LegEnded,
    LegRejected,
    PacketReceived,
    TrunkOrigin,
)
from pbx.sip.io.certificates import Certificates, KeyPair, TlsPeer, TlsSettings
from pbx.sip.io.connection import Deadlines
from pbx.sip.io.transports import TransportOptions
from pbx.sip.listeners import Listener
from tests.authority import Authority, der
from tests.integration.sip_node import HOST, Node, call
from tests.integration.test_sip_transports import OPTIONS

SIP = "sip.acme.example"
CARRIER = "sip.carrier.example"
WARNINGS = "pbx.sip.transports"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def options(settings: TlsSettings, port: int = 0) -> TransportOptions:
    listener = Listener(transport="tls", bind=Address(HOST, port))
    return TransportOptions(
        listeners=(listener,),
        certificates=Certificates(settings),
        deadlines=Deadlines(handshake_s=5.0),
    )


@pytest.fixture
async def server(authority: Authority) -> AsyncIterator[Node]:
    pair = authority.issue("server", dns=(SIP, "*.web.example"))
    settings = TlsSettings(default=pair, domains={"acme.example": None})
    node = Node(options=options(settings))
    await node.start()
    yield node
    await node.transports.close()


async def dialled(authority: Authority, to: Node, name: str, *, pair: KeyPair | None = None) -> Node:
    """Start a node that believes `authority` and calls `to` by `name`."""
    peers = (TlsPeer(name=name, ca=authority.file, pair=pair),) if name else ()
    node = Node("127.0.0.2", options(TlsSettings(default=pair, peers=peers)))
    await node.start()
    node.take(call(to.address("tls"), "tls", name))
    return node


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.requirement("SIP-03")
@pytest.mark.rfc("5922", "7.2")
async def test_a_call_over_tls(authority: Authority, server: Node) -> None:
    caller = await dialled(authority, server, SIP)
    offered = await server.next()
    assert isinstance(offered, CallOffered) and offered.source.transport == "tls"
    server.take(Answer(leg=offered.leg, answer=b"v=0\r\n"))
    assert isinstance(await caller.next(), LegAnswered)
    assert isinstance(await server.next(), LegConfirmed)
    caller.take(HangUp(leg=LegId("out")))
    assert isinstance(await server.next(), LegEnded)
    assert (caller.transports.n_connections, server.transports.n_connections) == (1, 1)
    await caller.transports.close()


@pytest.mark.requirement("S-36")
@pytest.mark.parametrize(
    ("issued", "reason"),
    [
        ({"days": -1, "dns": (SIP,)}, "certificate has expired"),
        ({"dns": ("sip.other.example",)}, "is for sip.other.example, not 'sip.acme.example'"),
        ({"common_name": SIP}, "is for no domain, not 'sip.acme.example'"),
        ({"dns": ("*.acme.example",)}, "is for no domain, not 'sip.acme.example'"),
        ({"dns": (SIP,), "self_signed": True}, "self-signed certificate"),
    ],
)
async def test_a_server_that_is_not_who_it_should_be_is_refused(
    authority: Authority, issued: dict[str, object], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    pair = authority.issue("impostor", **issued)  # type: ignore[arg-type]
    server = Node(options=options(TlsSettings(default=pair, domains={SIP: None})))
    await server.start()
    caller = await dialled(authority, server, SIP)
    rejected = await caller.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 503
    (line,) = [one for one in lines(caplog) if one.startswith("tls to 127.0.0.1 refused")]
    assert reason in line
    assert server.events.empty()
    await caller.transports.close()
    await server.transports.close()


@pytest.mark.requirement("SIP-39")
@pytest.mark.rfc("5922", "7.3")
async def test_a_trunk_is_known_by_its_certificate(authority: Authority, tmp_path: Path) -> None:
    ours = authority.issue("server", dns=(SIP,))
    theirs = authority.issue("carrier", uris=(f"sip:{CARRIER}",))
    peers = (TlsPeer(name=CARRIER, ca=authority.file),)
    server = Node(options=options(TlsSettings(default=ours, peers=peers)), certificate=CARRIER)
    await server.start()
    caller = await dialled(authority, server, SIP, pair=theirs)
    offered = await server.next()
    assert isinstance(offered, CallOffered)
    assert offered.origin == TrunkOrigin(trunk="carrier", tenant="acme")
    packet = await server.inputs.get()
    assert isinstance(packet, PacketReceived) and packet.certified == (CARRIER,)
    stranger = await dialled(authority, server, SIP)  # no certificate: TLS is fine, the call is not
    rejected = await stranger.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 401
    for node in (caller, stranger, server):
        await node.transports.close()


@pytest.mark.requirement("S-36")
async def test_a_ca_vouches_for_its_own_trunk_only(authority: Authority, tmp_path: Path) -> None:
    """The CA of one tenant's carrier must not make certificates for the carrier of another."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Authority(folder, "other")
    peers = (TlsPeer(name=CARRIER, ca=authority.file), TlsPeer(name="sip.evil.example", ca=other.file))
    ours = authority.issue("server", dns=(SIP,))
    server = Node(options=options(TlsSettings(default=ours, peers=peers)), certificate=CARRIER)
    await server.start()
    caller = await dialled(authority, server, SIP, pair=other.issue("evil", dns=(CARRIER,)))
    rejected = await caller.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 401
    packet = await server.inputs.get()
    assert isinstance(packet, PacketReceived) and packet.certified == ()
    await caller.transports.close()
    await server.transports.close()


@pytest.mark.requirement("S-36")
@pytest.mark.parametrize("days", [30, -1])
async def test_a_client_certificate_that_nobody_vouches_for_ends_the_handshake(
    authority: Authority, days: int, caplog: pytest.LogCaptureFixture
) -> None:
    pair = authority.issue("carrier", dns=(CARRIER,), self_signed=days > 0, days=days)
    peers = (TlsPeer(name=CARRIER, ca=authority.file),)
    ours = authority.issue("server", dns=(SIP,))
    server = Node(options=options(TlsSettings(default=ours, peers=peers)))
    await server.start()
    caller = await dialled(authority, server, SIP, pair=pair)
    rejected = await caller.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 503
    assert (
        len([one for one in lines(caplog) if one.startswith("tls 127.0.0.1 refused: its certificate")]) == 1
    )
    await caller.transports.close()
    await server.transports.close()


async def s_client(address: Address, *words: str, typed: bytes = b"") -> str:
    """Return what OpenSSL's own client says of a handshake; `typed` may be one of its commands."""
    process = await asyncio.create_subprocess_exec(
        *("openssl", "s_client", "-connect", str(address), *words),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(typed), 10)
    return said.decode(errors="replace")


@pytest.mark.requirement("S-36")
@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
async def test_old_tls_is_refused(server: Node, version: str, caplog: pytest.LogCaptureFixture) -> None:
    said = await s_client(server.address("tls"), version, "-cipher", "ALL:@SECLEVEL=0")
    assert "alert protocol version" in said or "unsupported protocol" in said
    assert lines(caplog) == ["tls 127.0.0.1 refused: unsupported protocol"]


@pytest.mark.requirement("SIP-39")
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("-servername", "acme.example"), "CN = server|CN=server"),
        (("-servername", SIP), "CN = server|CN=server"),
        (("-servername", "a.web.example"), "CN = server|CN=server"),
        (("-noservername",), "CN = server|CN=server"),
        (("-servername", "nobody.example"), "unrecognized name"),
    ],
)
async def test_the_server_name_is_one_of_ours(server: Node, words: tuple[str, ...], expected: str) -> None:
    said = await s_client(server.address("tls"), *words)
    assert any(one in said for one in expected.split("|")), said


@pytest.mark.requirement("SIP-39")
async def test_each_tenant_has_its_own_certificate(authority: Authority) -> None:
    one, other = (authority.issue(name, dns=(f"{name}.example",)) for name in ("one", "other"))
    settings = TlsSettings(domains={"one.example": one, "other.example": other})
    server = Node(options=options(settings))
    await server.start()
    for name in ("one", "other"):
        said = await s_client(server.address("tls"), "-servername", f"{name}.example")
        assert f"CN = {name}" in said or f"CN={name}" in said
    assert "alert" in await s_client(server.address("tls"), "-noservername")  # there is none for all
    await server.transports.close()


@pytest.mark.requirement("SIP-39")
async def test_certificates_are_replaced_without_a_connection_lost(authority: Authority) -> None:
    old, new = authority.issue("old", dns=(SIP,)), authority.issue("new", dns=(SIP,))
    certificates = Certificates(TlsSettings(default=old))
    node = Node(options=replace(options(TlsSettings(default=old)), certificates=certificates))
    await node.start()
    trust = ssl.create_default_context(cafile=str(authority.file))
    address = node.address("tls")

    async def connected() -> tuple[asyncio.StreamReader, asyncio.StreamWriter, bytes]:
        reader, writer = await asyncio.open_connection(*_place(address), ssl=trust, server_hostname=SIP)
        return reader, writer, writer.get_extra_info("ssl_object").getpeercert(True)

    reader, writer, shown = await connected()
    assert shown == der(old)
    with pytest.raises(TransportError, match="cannot be used"):
        certificates.swap(TlsSettings(default=KeyPair(chain=new.chain, key=old.key)))
    certificates.swap(TlsSettings(default=new))
    _, later, shown = await connected()
    assert shown == der(new)
    writer.write(OPTIONS.format(n=1).replace("/TCP", "/TLS").encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    assert answer.startswith(b"SIP/2.0 200 ")
    for one in (writer, later):
        one.close()
    await node.transports.close()


async def test_one_byte_segments_of_tls(authority: Authority, server: Node) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    trust = ssl.create_default_context(cafile=str(authority.file))
    tls = trust.wrap_bio(incoming, outgoing, server_hostname=SIP)
    reader, writer = await asyncio.open_connection(*_place(server.address("tls")))

    async def push() -> None:
        for octet in outgoing.read():
            writer.write(bytes([octet]))
            await writer.drain()

    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            await push()
            incoming.write(await asyncio.wait_for(reader.read(4096), 5))
    tls.write(OPTIONS.format(n=1).replace("/TCP", "/TLS").encode())
    await push()
    incoming.write(await asyncio.wait_for(reader.read(4096), 5))
    assert tls.read().startswith(b"SIP/2.0 200 ")
    writer.close()


async def test_who_is_called_without_a_name_to_prove_is_refused(authority: Authority, server: Node) -> None:
    caller = await dialled(authority, server, "")
    rejected = await caller.next()
    assert isinstance(rejected, LegRejected) and rejected.status == 503
    await caller.transports.close()


@pytest.mark.requirement("S-36")
async def test_no_renegotiation_and_no_resumption(server: Node) -> None:
    said = await s_client(server.address("tls"), "-tls1_2", "-servername", SIP, typed=b"R\n")
    assert "New, TLSv1.2" in said and "TLS session ticket:" not in said
    assert "RENEGOTIATING" in said and "no renegotiation" in said


def _place(address: Address) -> tuple[str, int]:
    return address.host, address.port
