"""The page of metrics over real sockets: who gets it, how long anybody is waited for, and what it costs."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvloop
from prometheus_client.parser import text_string_to_metric_families

from pbx.assembly.metrics import server_of
from pbx.config.metrics import MetricsSettings
from pbx.config.transports import PairSettings
from pbx.core.secret import Secret
from pbx.observe import catalogue as c
from pbx.observe.io import exposition, loop_lag, server
from pbx.observe.io.server import MAX_CONNECTIONS, MetricsServer
from pbx.observe.metric import Family, Spread
from tests.authority import Authority
from tests.integration.busy_counts import busy
from tests.ports import free_port

HOST = "127.0.0.1"
TOKEN = "0123456789abcdef" * 2
GET = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
WAIT_S = 5.0


async def page() -> bytes:
    """The page of a PBX with one number to show."""
    return b"# TYPE pbx_x gauge\npbx_x 1.0\n"


@asynccontextmanager
async def served(one: MetricsServer) -> AsyncIterator[int]:
    """Yield the port."""
    port = free_port()
    with server.listen(HOST, port) as listening:
        serving = asyncio.create_task(one.accept(listening))
        yield port
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
    assert one.n_connections == 0


async def asked(port: int, request: bytes, tls: ssl.SSLContext | None = None) -> tuple[str, bytes]:
    """Return head and body of the answer to one request; the server ends the connection."""
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls)
    writer.write(request)
    head, _, body = (await asyncio.wait_for(reader.read(), WAIT_S)).partition(b"\r\n\r\n")
    writer.close()
    return head.decode(), body


async def ended(reader: asyncio.StreamReader) -> bool:
    """Return once the server has ended a connection, True = without a word."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


async def until(holds: Callable[[], bool]) -> None:
    """Return once the condition holds."""
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110 - the server raises no event for us
            await asyncio.sleep(0.01)


async def test_the_page_and_what_is_said_of_it() -> None:
    async with served(MetricsServer(page)) as port:
        head, body = await asked(port, GET)
    assert head.splitlines() == [
        "HTTP/1.1 200 OK",
        "Content-Type: text/plain; version=0.0.4; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ]
    assert body == await page()


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST /metrics HTTP/1.1\r\n\r\n", 405),
        (b"GET / HTTP/1.1\r\n\r\n", 404),
        (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 9000 + b"\r\n\r\n", 431),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
    ],
)
async def test_what_is_no_request_for_the_page(request_: bytes, status: int) -> None:
    async with served(MetricsServer(page)) as port:
        head, body = await asked(port, request_)
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert b"pbx_" not in body


async def test_a_token_is_wanted_and_enough() -> None:
    async with served(MetricsServer(page, Secret(TOKEN.encode()))) as port:
        head, body = await asked(port, GET)
        assert head.startswith("HTTP/1.1 401 Unauthorized\r\n")
        assert "WWW-Authenticate: Bearer" in head
        assert b"pbx_" not in body
        head, body = await asked(port, GET[:-2] + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode())
        assert (head.split()[1], body) == ("200", await page())


async def test_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.issue("metrics")
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    settings = MetricsSettings(
        token_file=Path("token"), certificate=PairSettings(chain=pair.chain, key=pair.key)
    )
    tls = ssl.create_default_context(cafile=str(authority.file))
    async with served(server_of(settings, tmp_path, page)) as port:
        head, _ = await asked(port, GET[:-2] + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode(), tls)
        assert head.startswith("HTTP/1.1 200 OK")
        head, body = "", b""
        try:
            head, body = await asked(port, GET)  # in the clear
        except OSError:
            pass
        assert (head, body) == ("", b"")


async def test_who_does_not_end_his_request_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_S", 0.05)
    async with served(MetricsServer(page)) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(GET[:-2])
        assert await asyncio.wait_for(ended(reader), WAIT_S)
        writer.close()
        assert (await asked(port, GET))[0].startswith("HTTP/1.1 200 OK")


async def test_who_does_not_read_his_page_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SEND_S", 0.05)
    asked_for: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def long_page() -> bytes:
        asked_for.set_result(one.n_connections)
        return bytes(64 << 20)  # more than the kernels hold for both

    one = MetricsServer(long_page)
    async with served(one) as port:
        _, writer = await asyncio.open_connection(HOST, port)
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET)
        assert await asyncio.wait_for(asked_for, WAIT_S) == 1
        await until(lambda: one.n_connections == 0)
        writer.transport.abort()


async def test_there_is_an_end_to_connections() -> None:
    one = MetricsServer(page)
    async with served(one) as port:
        held = [await asyncio.open_connection(HOST, port) for _ in range(MAX_CONNECTIONS)]
        reader, writer = await asyncio.open_connection(HOST, port)
        assert await asyncio.wait_for(ended(reader), WAIT_S)
        held[0][1].write(GET)
        assert (await asyncio.wait_for(held[0][0].read(), WAIT_S)).startswith(b"HTTP/1.1 200 OK")
        await until(lambda: one.n_connections < MAX_CONNECTIONS)
        assert (await asked(port, GET))[0].startswith("HTTP/1.1 200 OK")
        for _, other in (*held, (reader, writer)):
            other.close()


async def test_who_does_not_shake_hands_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REQUEST_S", 0.1)
    pair = Authority(tmp_path).issue("metrics")
    settings = MetricsSettings(certificate=PairSettings(chain=pair.chain, key=pair.key))
    one = server_of(settings, tmp_path, page)
    async with served(one) as port:
        held = [await asyncio.open_connection(HOST, port) for _ in range(MAX_CONNECTIONS + 1)]
        assert all(await asyncio.gather(*(asyncio.wait_for(ended(reader), WAIT_S) for reader, _ in held)))
        await until(lambda: one.n_connections == 0)
        for _, writer in held:
            writer.close()


async def test_a_fault_of_the_page_costs_that_reader_only(caplog: pytest.LogCaptureFixture) -> None:
    pages = iter((b"", await page()))

    async def broken() -> bytes:
        return next(pages) or (await no_page())

    async with served(MetricsServer(broken)) as port:
        assert await asked(port, GET) == ("", b"")
        assert (await asked(port, GET))[1] == await page()
    assert caplog.messages == ["a page of metrics could not be shown"]


async def no_page() -> bytes:
    """A bug of ours."""
    raise KeyError("pbx_x")


def test_it_ends_at_once_with_a_reader_that_does_nothing() -> None:
    async def serve_and_stop() -> None:
        one = MetricsServer(page)
        async with served(one) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            await until(lambda: one.n_connections == 1)
        assert await asyncio.wait_for(ended(reader), server.REQUEST_S / 2)
        writer.close()

    uvloop.run(serve_and_stop())  # as in service


async def test_a_port_that_is_taken_is_told_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(server, "RETRY_S", 0.01)
    caplog.set_level("INFO", "pbx.metrics")
    async with served(MetricsServer(page)) as port:
        late = asyncio.create_task(MetricsServer(page).serve(HOST, port))
        await until(lambda: bool(caplog.messages))
        assert "(change metrics.port)" in caplog.messages[0]
    await until(lambda: len(caplog.messages) > 1)
    assert caplog.messages[1:] == [f"metrics are served at {HOST}:{port}"]
    assert (await asked(port, GET))[0].startswith("HTTP/1.1 200 OK")
    late.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late


async def test_calls_go_on_while_the_page_of_a_hundred_trunks_is_made() -> None:
    families = busy(n_trunks=100, n_calls=500).families()
    turns, over = 0, asyncio.Event()

    async def call() -> None:
        nonlocal turns
        while not over.is_set():
            turns += 1
            await asyncio.sleep(0)

    calling = asyncio.create_task(call())
    text = (await exposition.page(families)).decode()
    over.set()
    await calling
    n_lines = sum(not line.startswith("#") for line in text.splitlines())
    assert n_lines > 3500
    assert turns >= n_lines / exposition.SLICE
    read = {one.name: one for one in text_string_to_metric_families(text)}
    assert len(read["pbx_trunk_attempts"].samples) == 100
    assert {sample.value for sample in read["pbx_trunk_attempts"].samples} == {10.0}
    assert text.count("# TYPE pbx_trunk_failed_total counter\n") == 1


async def test_each_bucket_holds_those_below_it() -> None:
    family = Family(c.LOOP_LAG, (((), Spread((1, 2, 0, 0, 0, 0, 0, 0, 0, 4), 9.5)),))
    text = (await exposition.page([family])).decode()
    bounds = [*map(str, c.LOOP_LAG.bounds), "+Inf"]
    n_below = (1, 3, 3, 3, 3, 3, 3, 3, 3, 7)
    buckets = zip(bounds, n_below, strict=True)
    assert text.splitlines()[2:] == [
        *(f'pbx_loop_lag_seconds_bucket{{le="{bound}"}} {n}.0' for bound, n in buckets),
        "pbx_loop_lag_seconds_count 7.0",
        "pbx_loop_lag_seconds_sum 9.5",
    ]


async def test_a_loop_that_is_held_up_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_lag, "EVERY_S", 0.01)
    told: list[float] = []
    heard = asyncio.Event()

    def tell(late_s: float) -> None:
        told.append(late_s)
        heard.set()

    watching = asyncio.create_task(loop_lag.watch(tell))
    await asyncio.sleep(0)
    asyncio.get_running_loop().call_soon(busy, 100, 3000)  # some hundred milliseconds
    await asyncio.wait_for(heard.wait(), WAIT_S)
    watching.cancel()
    assert told[0] > 0.02
