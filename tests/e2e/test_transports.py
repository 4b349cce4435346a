"""Telephones that come by TLS and by secure WebSocket: independent clients against the running PBX."""

import asyncio
import ssl
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from pbx.core.address import Address, Remote
from pbx.testphone import signal
from pbx.testphone.phone import Phone
from tests.authority import Authority
from tests.e2e.browser import web_phone
from tests.e2e.running import RunningPbx, free_port, plain_audio, prepare, running
from tests.e2e.softphones.process import ended, is_ready, started
from tests.e2e.softphones.script import Orders, Report, read_wav

DOMAIN, PAGE = "acme.example", "https://phone.acme.example"
TONE_HZ, HEARD_S, CALL_S = 620.0, 1.0, 20.0
DIGITS = "159#"


@dataclass(frozen=True, slots=True)
class Site:
    """A PBX with every transport, and who vouches for it."""

    pbx: RunningPbx
    ports: dict[str, int]
    ca: Path
    authority: Authority


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    base = tmp_path_factory.mktemp("transports")
    authority = Authority(base)
    pair = authority.issue("acme", dns=(DOMAIN,))
    ports = {"tls": free_port(), "wss": free_port(), "udp": free_port()}
    hosts = {"udp": "::1"}
    folder = prepare(base)
    written = yaml.safe_load((folder / "pbx.yaml").read_text())
    written["sip"] |= {
        "listeners": [
            {"transport": one, "host": hosts.get(one, "127.0.0.1"), "port": port}
            for one, port in ports.items()
        ],
        "certificate": {"chain": str(pair.chain), "key": str(pair.key)},
        "websocket": {"origins": [PAGE]},
    }
    written["rtp"]["host6"] = "::1"
    plain_audio(folder, 1001)
    (folder / "pbx.yaml").write_text(yaml.safe_dump(written))
    async with running(base, free_port()) as pbx:
        yield Site(pbx=pbx, ports=ports, ca=authority.file, authority=authority)


@asynccontextmanager
async def carol(site: Site, host: str = "127.0.0.1") -> AsyncIterator[Phone]:
    """A desk telephone of ours, on UDP over IPv4 or IPv6."""
    phone = Phone(
        Address(host, 0),
        user="1003",
        domain=DOMAIN,
        server=site.pbx.server if host == "127.0.0.1" else Remote("udp", host, site.ports["udp"]),
        password=site.pbx.secret("1003"),
    )
    await phone.start()
    try:
        await phone.register()
        yield phone
    finally:
        await phone.close()


async def until(is_so: Callable[[], bool]) -> None:
    """Look until it is so: what a test phone has heard is no event."""
    async with asyncio.timeout(CALL_S):
        while not is_so():
            await asyncio.sleep(0.05)


def pjsua(site: Site, call: tuple[str, str], heard: Path) -> AbstractAsyncContextManager[Process]:
    """PJSIP as extension 1002 over TLS; `call` is the number and the keys."""
    number, digits = call
    order = Orders(
        host="127.0.0.1",
        user="1002",
        password=site.pbx.secret("1002").reveal(),
        port=site.ports["tls"],
        number=number,
        tone_hz=TONE_HZ,
        digits=digits,
        heard=str(heard),
        ca=str(site.ca),
    )
    return started(("pjsua",), order)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-03")
async def test_pjsip_registers_and_calls_over_tls(site: Site, tmp_path: Path) -> None:
    async with carol(site) as desk, pjsua(site, ("1003", DIGITS), tmp_path / "heard.wav") as softphone:
        call = await desk.incoming(CALL_S)
        call.answer()
        assert await call.wait_answered(CALL_S) == 200
        call.talk(TONE_HZ)
        await until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        call.hang_up()
        report = await ended(softphone)
    assert report == Report(registered=True, answered=True, content=True, told_of_end=True)
    assert signal.tone_s(read_wav(tmp_path / "heard.wav"), TONE_HZ) >= HEARD_S


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-03")
async def test_pjsip_is_called_on_its_tls_connection(site: Site, tmp_path: Path) -> None:
    async with carol(site) as caller, pjsua(site, ("", DIGITS), tmp_path / "heard.wav") as softphone:
        await is_ready(softphone)
        call = await caller.call("1002")
        assert await call.wait_answered(CALL_S) == 200
        call.talk(TONE_HZ)
        await until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        call.hang_up()
        report = await ended(softphone)
    assert report == Report(registered=True, answered=True, content=True, told_of_end=True)
    assert signal.tone_s(signal.samples(call.heard), TONE_HZ) >= HEARD_S


def order(site: Site, number: str = "") -> dict[str, str]:
    return {
        "server": f"wss://127.0.0.1:{site.ports['wss']}",
        "origin": PAGE,
        "user": "1001",
        "password": site.pbx.secret("1001").reveal(),
        "domain": DOMAIN,
        "number": number,
    }


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-04")
@pytest.mark.rfc("7118", "5")
async def test_a_web_phone_is_called_on_its_connection(site: Site) -> None:
    async with carol(site) as caller, web_phone(order(site), site.ca) as browser:
        await browser.happened("registered")
        call = await caller.call("1001")
        assert await call.wait_answered(CALL_S) == 200
        await browser.happened("established")
        call.talk(TONE_HZ)
        await browser.happened("audio")
        await until(lambda: signal.tone_s(signal.samples(call.heard), TONE_HZ) >= HEARD_S)
        call.hang_up()
        await browser.happened("ended")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-04")
async def test_a_web_phone_calls_a_desk_phone(site: Site) -> None:
    async with carol(site) as desk, web_phone(order(site, "1003"), site.ca) as browser:
        call = await desk.incoming(CALL_S)
        call.answer()
        assert await call.wait_answered(CALL_S) == 200
        await browser.happened("established")
        call.talk(TONE_HZ)
        await until(lambda: signal.tone_s(signal.samples(call.heard), TONE_HZ) >= HEARD_S)
        call.hang_up()
        await browser.happened("ended")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-02")
@pytest.mark.parametrize("hangs_up", ["carrier", "carol"])
async def test_a_carrier_on_ipv4_and_a_telephone_on_ipv6_hear_each_other(site: Site, hangs_up: str) -> None:
    carrier = Phone(Address("127.0.0.2", 0), user="07700900123", domain="127.0.0.2", server=site.pbx.server)
    await carrier.start()
    async with carol(site, "::1") as phone:
        out = await carrier.call("01632960101")
        in_ = await phone.incoming(CALL_S)
        assert in_.offered is not None and in_.offered.source.host == "::1"
        assert in_.offered.offer is not None and b"c=IN IP6 ::1\r\n" in in_.offered.offer
        in_.answer()
        assert await out.wait_answered(CALL_S) == await in_.wait_answered(CALL_S) == 200
        out.talk(TONE_HZ)
        in_.talk(1000.0)
        await until(lambda: signal.tone_s(signal.samples(in_.heard), TONE_HZ) >= HEARD_S)
        await until(lambda: signal.tone_s(signal.samples(out.heard), 1000.0) >= HEARD_S)
        (out if hangs_up == "carrier" else in_).hang_up()
        assert await out.wait_ended(CALL_S) == await in_.wait_ended(CALL_S) == "bye"
    await carrier.close()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.requirement("SIP-39")
async def test_a_reload_shows_the_new_certificate_and_keeps_the_web_phone(site: Site) -> None:
    """The last test of this site: the certificate files are replaced, as a renewal does it."""
    trust = ssl.create_default_context(cafile=str(site.ca))

    async def shown() -> bytes:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", site.ports["tls"], ssl=trust, server_hostname=DOMAIN
        )
        writer.close()
        return bytes(writer.get_extra_info("ssl_object").getpeercert(True))

    async with carol(site) as caller, web_phone(order(site), site.ca) as browser:
        await browser.happened("registered")
        before = await shown()
        site.authority.issue("acme", dns=(DOMAIN,))  # over the old files
        reload = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "pbx.cli.main", "reload", "--config"),
            str(site.pbx.places.base / "config"),
        )
        assert await asyncio.wait_for(reload.wait(), CALL_S) == 0
        async with asyncio.timeout(CALL_S):
            while await shown() == before:
                await asyncio.sleep(0.05)
        call = await caller.call("1001")  # over the connection from before
        assert await call.wait_answered(CALL_S) == 200
        call.hang_up()
        await browser.happened("ended")
