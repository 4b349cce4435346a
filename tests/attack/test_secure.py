"""TLS, WebSocket and configuration files with bad intent, while people talk (S-23, S-24, S-36, S-37)."""

import asyncio
import ssl
import sys

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.attack.flooder import PAGE
from tests.attack.town import Town
from tests.attack.wire import Ask, status, wire

pytestmark = pytest.mark.asyncio(loop_scope="session")

N_HANDSHAKES = 20
SIP = [Subprotocol("sip")]
RELOAD_S = 30.0
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)
YAML = {
    "an alias bomb": BOMB,
    "a tag that makes objects": "inbound: !!python/object/apply:os.system ['true']\n",
    "a key written twice": "inbound: {}\ninbound: {}\n",
    "10 MB": "# " + "x" * 10_000_000 + "\n",
}


def nobody() -> ssl.SSLContext:
    """A client that proves nothing and asks for no proof."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def old() -> ssl.SSLContext:
    context = nobody()
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


@pytest.mark.requirement("S-36")
@pytest.mark.parametrize(
    ("what", "context", "name"),
    [("TLS 1.1", old(), "acme.example"), ("a name that is not ours", nobody(), "other.example")],
)
async def test_bad_handshakes_are_refused(town: Town, what: str, context: ssl.SSLContext, name: str) -> None:
    async with town.under(f"S-36 {what}, {N_HANDSHAKES} times", "refused in the handshake"):
        for _ in range(N_HANDSHAKES):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                reader, _writer = await asyncio.open_connection(
                    "127.0.0.1", town.ports.tls, ssl=context, server_hostname=name
                )
                if not await reader.read(1):
                    raise ConnectionResetError


@pytest.mark.requirement("S-36")
async def test_noise_for_a_handshake_is_refused(town: Town) -> None:
    async with town.under("S-36 noise for a handshake", "closed"):
        for n in range(N_HANDSHAKES):
            reader, writer = await asyncio.open_connection("127.0.0.1", town.ports.tls)
            writer.write(bytes([0x16, 3, 1, 0, 5, n, 255, 255, 255, 255]))  # a whole record of nonsense
            async with asyncio.timeout(5):
                await reader.read()
            writer.close()


@pytest.mark.requirement("S-37")
@pytest.mark.parametrize(
    ("what", "origin", "protocols", "expected"),
    [
        ("a foreign page", "https://evil.example", SIP, 403),
        ("no page", None, SIP, 403),
        ("another protocol", PAGE, [Subprotocol("xmpp")], 400),
    ],
)
async def test_strange_pages_are_refused(
    town: Town, what: str, origin: str | None, protocols: list[Subprotocol], expected: int
) -> None:
    async with town.under(f"S-37 {what}", str(expected)):
        with pytest.raises(InvalidStatus) as caught:
            await connect(
                f"wss://127.0.0.1:{town.ports.wss}/",
                ssl=nobody(),
                origin=None if origin is None else Origin(origin),
                subprotocols=protocols,
                proxy=None,
            )
        assert caught.value.response.status_code == expected


@pytest.mark.requirement("S-37")
async def test_frames_that_are_too_large_end_the_connection(town: Town) -> None:
    async with town.under("S-37 frames of 1 MB, compression", "closed; not compressed"):
        client = await connect(
            f"wss://127.0.0.1:{town.ports.wss}/",
            ssl=nobody(),
            origin=Origin(PAGE),
            subprotocols=SIP,
            proxy=None,
        )
        assert client.protocol.extensions == []
        await client.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed) as caught:
            await asyncio.wait_for(client.recv(), 10)
        assert caught.value.rcvd is None or caught.value.rcvd.code in (1002, 1009)


@pytest.mark.requirement("S-24")
@pytest.mark.parametrize("what", YAML)
async def test_a_poisoned_file_changes_nothing(town: Town, what: str) -> None:
    plan = town.pbx.places.base / "config" / "acme" / "dialplan.yaml"
    written = plan.read_text()
    async with town.under(f"S-24 {what}", "refused with its line; the old plan goes on"):
        try:
            plan.write_text(YAML[what])
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "pbx.cli.main", "reload", "--config", str(plan.parents[1])),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )
            said, _ = await asyncio.wait_for(process.communicate(), RELOAD_S)
        finally:
            plan.write_text(written)
        assert process.returncode == 1
        assert b"acme/dialplan.yaml:" in said


@pytest.mark.requirement("S-23")
async def test_adversarial_numbers_are_refused_at_once(town: Town) -> None:
    numbers = ("0" * 2000, "+" * 500 + "1", "90" * 900, "*" * 900, "#1" * 700, "9" * 1999 + "x", "-." * 900)
    async with (
        town.under("S-23 adversarial numbers", "4xx; no plan searches twice"),
        wire(town.pbx.port, "127.0.0.76") as eve,
    ):
        secret = town.pbx.secret("1001")
        for number in numbers:
            answer = await eve.proven(Ask(method="INVITE", user=number, caller="1001"), secret)
            assert 400 <= status(answer) < 500, answer
