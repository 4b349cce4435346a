"""Peers that are slow or lie about lengths, by TCP (S-17, S-18)."""

import asyncio

import pytest

from tests.attack.town import Town

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARRIER = "127.0.0.2"
N_SLOW, N_SOURCES = 600, 20
MESSAGE_S, LATE_S = 10.0, 5.0  # from the first octet of a message to its last, as the PBX has it
TRICKLE_S = 3.0
ANSWER_S = 5.0
PING = (
    "OPTIONS sip:pbx@acme.example SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.2;branch=z9hG4bKs\r\n"
    "From: <sip:s@acme.example>;tag=s\r\nTo: <sip:pbx@acme.example>\r\nCall-ID: s\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n{lines}\r\n"
)
LENGTHS = {
    "huge": "Content-Length: 99999999999999999999\r\n",
    "larger than we take": "Content-Length: 70000\r\n",
    "negative": "Content-Length: -5\r\n",
    "other digits": "Content-Length: \u0665\r\n",
    "missing": "",
    "two different": "Content-Length: 0\r\nl: 4\r\n",
}


@pytest.mark.requirement("S-18")
@pytest.mark.parametrize("lie", LENGTHS)
async def test_a_wrong_length_is_refused_and_the_connection_closed(town: Town, lie: str) -> None:
    async with town.under(f"S-18 Content-Length {lie}", "4xx and close"):
        reader, writer = await asyncio.open_connection("127.0.0.1", town.pbx.port, local_addr=(CARRIER, 0))
        writer.write(PING.format(lines=LENGTHS[lie]).encode() + b"xxxx")
        async with asyncio.timeout(ANSWER_S):
            said = await reader.read()
        assert said.startswith((b"SIP/2.0 400", b"SIP/2.0 513")), said
        assert said.count(b"SIP/2.0 ") == 1 + said.count(b"Via: SIP/2.0 ")
        writer.close()


@pytest.mark.requirement("S-17")
@pytest.mark.parametrize(
    ("n_slow", "seconds"),
    [(N_SLOW, TRICKLE_S), pytest.param(5000, MESSAGE_S + LATE_S, marks=pytest.mark.attack)],
)
async def test_slow_connections_are_survived(town: Town, n_slow: int, seconds: float) -> None:
    """One octet a second each; in the long run, each is closed at the deadline."""
    octets = PING.format(lines="Content-Length: 0\r\n").encode()
    loop = asyncio.get_running_loop()
    async with town.under(
        f"S-17 {n_slow} slow connections, {seconds:.0f} s", "alive; closed at the deadline"
    ):
        slow: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        for number in range(n_slow):
            source = f"127.3.0.{number % (n_slow // 30) + 1}"
            slow.append(await asyncio.open_connection("127.0.0.1", town.pbx.port, local_addr=(source, 0)))
        began = loop.time()
        for number in range(int(seconds)):
            for _, writer in slow:
                if not writer.is_closing():
                    writer.write(octets[number : number + 1])
            await asyncio.sleep(max(0.0, began + number + 1 - loop.time()))
        if seconds > MESSAGE_S:
            assert [one for one, _ in slow if not (one.at_eof() or one.exception())] == []
        for _, writer in slow:
            writer.close()
