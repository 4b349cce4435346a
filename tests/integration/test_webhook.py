"""The webhook against a real HTTP server that fails, is slow, closes early and dies in its answer."""

import asyncio
import base64
import json
import signal
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from pbx.core.audit import AuditFact
from pbx.core.errors import TransportError
from pbx.core.io.alarms import AlarmFolder
from pbx.lifecycle.io import webhook as hooks
from pbx.lifecycle.io.webhook import ALARM, MANY, OLD, Webhook
from pbx.lifecycle.io.webhook_post import DEADLINE_S, WebhookPost
from pbx.recording.io.finaliser_config import WebhookTarget
from pbx.recording.webhook_signature import read_secrets, signed_headers
from pbx.recording.webhook_url import WebhookUrl, parse_webhook_url
from pbx.sip.media_peers import LAB
from pbx.store.audit import AuditStore
from pbx.store.database import Database
from pbx.store.webhook_outbox import WebhookOutbox
from tests.integration.finaliser_site import Site, journal, open_site
from tests.integration.test_certificate_fetch import HOST, WEB, web_context
from tests.integration.webhook_receiver import receiving
from tests.migrated import migrated
from tests.recording.test_webhook_signature import example

AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
KEY = bytes(range(32))
BODY = b'{"data": {"recording": "a"}}'
SECRET = "whsec_" + base64.b64encode(KEY).decode()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await migrated(f"sqlite+aiosqlite:///{tmp_path}/pbx.db")
    yield opened
    await opened.close()


@pytest.fixture
def alarms(tmp_path: Path) -> AlarmFolder:
    return AlarmFolder(tmp_path / "alarms")


@pytest.fixture
def open_webhook(tmp_path: Path, database: Database, alarms: AlarmFolder) -> Callable[..., Webhook]:
    """Return what a finaliser opens; called again it is the next process with the same database."""
    secret_file = tmp_path / "secret"
    secret_file.write_text(SECRET)

    def open_it(url: str, allow: tuple[str, ...] = LAB) -> Webhook:
        target = WebhookTarget(url=url, secret_file=secret_file, allow=allow, max_age_s=3600.0)
        return Webhook.to(target, database, alarms.settle)

    return open_it


async def fail(database: Database, *recordings: str, at: datetime = AT) -> None:
    """Have recordings fail: each is a fact, and a report in the same transaction."""
    for one in recordings:
        details: dict[str, str | int | bool | None] = {"recording": one, "reason": "disk full"}
        await AuditStore(database).append(
            AuditFact(kind="recording.failed", tenant="acme", details=details), at
        )


async def waiting(database: Database) -> int:
    return (await WebhookOutbox(database).backlog()).number


@pytest.mark.requirement("REC-09")
async def test_a_report_is_posted_signed_and_forgotten(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    await fail(database, "a", "b")
    with receiving() as receiver:
        assert await open_webhook(receiver.url).tick(0.0, AT) == 2
        assert await open_webhook(receiver.url).tick(1.0, AT) == 0
    assert receiver.recordings == ["a", "b"]
    for headers, body in receiver.seen:
        assert example()(KEY, headers, body, AT.timestamp())["type"] == "recording.failed"
        assert headers["content-type"] == "application/json"
        assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert await waiting(database) == 0


@pytest.mark.requirement("VER-04")
async def test_grants_are_told_to_whom_they_are_to_be_told_and_crowd_out_nothing(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    await fail(database, "a")
    details: dict[str, str | int | bool | None] = {"grant": "9f", "level": "V2"}
    fact = AuditFact(kind="grant.issued", tenant="acme", details=details)
    await AuditStore(database).append(fact, AT)
    with receiving() as receiver:
        receiver.manners.append("500")
        await open_webhook(receiver.url).tick(0.0, AT)
        assert await waiting(database) == 1, "the grant does not wait behind a receiver that is away"
        await open_webhook(receiver.url).tick(0.0, AT + timedelta(seconds=100))
        await AuditStore(database).append(fact, AT)
        await replace(open_webhook(receiver.url), tells_of_grants=True).tick(0.0, AT)
    types = [json.loads(body)["type"] for _, body in receiver.seen]
    assert types == ["recording.failed", "recording.failed", "grant.issued"]
    assert await waiting(database) == 0


@pytest.mark.requirement("REC-09")
async def test_what_is_not_taken_is_told_again_under_its_id(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    await fail(database, "a")
    manners = ["500", "404", "307", "early", "dies", "noise", "endless"]
    with receiving() as receiver:
        receiver.manners.extend(manners)
        for turn in range(len(manners)):
            at = AT + timedelta(seconds=100 * turn)
            hook = open_webhook(receiver.url)  # another process goes on each time
            assert await hook.tick(0.0, at) == 0
            assert await hook.tick(0.5, at + timedelta(seconds=0.5)) == 0  # it waits a second at least
            assert len(receiver.seen) == turn + 1
        assert await open_webhook(receiver.url).tick(0.0, AT + timedelta(seconds=800)) == 1
    assert len(receiver.seen) == len(manners) + 1
    assert len(set(receiver.ids)) == len({body for _, body in receiver.seen}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.seen}) == len(receiver.seen)


@pytest.mark.requirement("REC-09")
@pytest.mark.requirement("F-40")
async def test_a_slow_receiver_is_given_up_after_its_time(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    await fail(database, "a", "b")
    with receiving() as receiver:
        receiver.manners.append("slow")
        loop = asyncio.get_running_loop()
        began = loop.time()
        assert await open_webhook(receiver.url).tick(0.0, AT) == 0
        assert DEADLINE_S - 0.1 <= loop.time() - began < DEADLINE_S + 2.0
        assert len(receiver.seen) == 1  # one at a time asks


async def test_interim_answers_are_none(database: Database, open_webhook: Callable[..., Webhook]) -> None:
    await fail(database, "a")
    with receiving() as receiver:
        receiver.manners.append("hints")
        assert await open_webhook(receiver.url).tick(0.0, AT) == 1


@pytest.mark.requirement("REC-09")
async def test_a_report_that_is_never_taken_stops_no_other(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    await fail(database, "bad")
    with receiving() as receiver:
        receiver.refused.add("bad")
        hook = open_webhook(receiver.url)
        for turn in range(6):
            at = AT + timedelta(seconds=100 * turn)
            await hook.tick(100.0 * turn, at)
            await fail(database, f"good{turn}", at=at)
            assert await hook.tick(100.0 * turn + 50, at + timedelta(seconds=50)) == 1
    assert {one for one in receiver.recordings if one != "bad"} == {f"good{turn}" for turn in range(6)}
    assert receiver.recordings.count("bad") >= 4
    assert await waiting(database) == 1


@pytest.mark.requirement("REC-09")
@pytest.mark.requirement("R-15")
async def test_a_receiver_that_is_away_is_an_alarm_until_it_is_back(
    database: Database, open_webhook: Callable[..., Webhook], alarms: AlarmFolder
) -> None:
    with receiving() as receiver:
        url, port = receiver.url, receiver.port
    await fail(database, *(f"r{one:02}" for one in range(20)))
    hook, n_asked = open_webhook(url), 0
    for second in range(0, 60 * 50, 10):
        now, at = float(second), AT + timedelta(seconds=second)
        n_asked += not hook._breaker.is_open(now)
        assert await hook.tick(now, at) == 0
    assert n_asked <= 16  # of 300: once more each time that the wait is over
    (alarm,) = alarms.standing()
    assert alarm.alarm == ALARM
    assert alarm.text.startswith("20 reports wait, the oldest of 2026-11-29 12:00 UTC: 127.0.0.1: ")
    assert "token" not in alarm.text  # the path may be a secret
    with receiving(port) as receiver:
        assert await hook.tick(4000.0, AT + timedelta(seconds=3500)) == 20
    assert len(set(receiver.ids)) == 20
    assert alarms.standing() == []


@pytest.mark.requirement("REC-09")
async def test_what_is_too_old_is_dropped_with_a_fact(
    database: Database, open_webhook: Callable[..., Webhook]
) -> None:
    with receiving() as receiver:
        url = receiver.url
    await fail(database, "old")
    await fail(database, "young", at=AT + timedelta(minutes=50))
    await open_webhook(url).tick(0.0, AT + timedelta(minutes=61))
    assert await waiting(database) == 1
    facts = [fact for _, fact in await AuditStore(database).list()]
    assert [fact.details["number"] for fact in facts if fact.kind == "webhook.dropped"] == [1]


async def test_many_reports_are_an_alarm_before_they_are_old(
    database: Database, open_webhook: Callable[..., Webhook], alarms: AlarmFolder
) -> None:
    with receiving() as receiver:
        url = receiver.url
    details: dict[str, str | int | bool | None] = {"recordings": " ".join(["r"] * (MANY + 1))}
    await AuditStore(database).append(AuditFact(kind="self_check.keys_lost", details=details), AT)
    await open_webhook(url).tick(0.0, AT + OLD / 2)
    (alarm,) = alarms.standing()
    assert alarm.text.startswith(f"{MANY + 1} reports wait")


@pytest.mark.requirement("REC-09")
async def test_an_address_of_our_own_network_is_not_spoken_to(
    database: Database, open_webhook: Callable[..., Webhook], alarms: AlarmFolder
) -> None:
    await fail(database, "a")
    addresses = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]")
    with receiving() as receiver:
        for turn, address in enumerate(addresses):
            at = AT + OLD * 2 + timedelta(seconds=100 * turn)
            hook = open_webhook(f"http://{address}:{receiver.port}/", ())
            assert await hook.tick(0.0, at) == 0
            assert f"{address.strip('[]')}, which is not on the public network" in alarms.standing()[0].text
    assert receiver.seen == []


@pytest.mark.requirement("REC-09")
@pytest.mark.requirement("E-16")
async def test_a_certificate_is_verified(tmp_path: Path) -> None:
    trusted = ssl.create_default_context(cadata=WEB.pem.decode())
    headers = signed_headers(read_secrets(SECRET), "r1", BODY, AT)
    with receiving(context=web_context(tmp_path)) as receiver:

        async def resolve(_url: WebhookUrl) -> list[str]:
            return ["127.0.0.1"]

        async def post(host: str, context: ssl.SSLContext | None) -> None:
            url = parse_webhook_url(f"https://{host}:{receiver.port}/")
            await WebhookPost(url, lambda _: True, context=context, resolve=resolve).post(headers, BODY)

        for host, context in ((HOST, None), ("other.example.org", trusted)):
            with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
                await post(host, context)
        assert receiver.seen == []
        await post(HOST, trusted)
        assert receiver.ids == ["r1"]


async def test_a_name_that_leads_home_is_not_spoken_to() -> None:
    """Of several addresses all have to be public: which one is used is chance."""

    async def resolve(_url: WebhookUrl) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    post = WebhookPost(
        parse_webhook_url("https://hooks.example/"), lambda one: one == "8.8.8.8", resolve=resolve
    )
    with pytest.raises(TransportError, match="not on the public network"):
        await post.post({}, b"{}")


@pytest.mark.parametrize("text", [None, "hunter2"])
async def test_a_secret_that_cannot_be_used_is_a_failure_not_the_end(
    database: Database,
    open_webhook: Callable[..., Webhook],
    alarms: AlarmFolder,
    tmp_path: Path,
    text: str | None,
) -> None:
    await fail(database, "a")
    with receiving() as receiver:
        hook = open_webhook(receiver.url)
        secret_file = tmp_path / "secret"
        secret_file.unlink() if text is None else secret_file.write_text(text)
        assert await hook.tick(0.0, AT + OLD * 2) == 0
        assert receiver.seen == [] and "hunter" not in alarms.standing()[0].text
        secret_file.write_text(SECRET)
        assert await hook.tick(5.0, AT + OLD * 2 + timedelta(seconds=5)) == 1


async def test_without_a_webhook_nothing_is_kept(database: Database, alarms: AlarmFolder) -> None:
    await fail(database, "a")
    alarms.settle(ALARM, "reports wait")  # of a webhook that is no longer there
    stop = asyncio.Event()
    work = asyncio.create_task(hooks.run(None, database, alarms.settle, stop))
    while await waiting(database):  # noqa: ASYNC110 - the database raises no event
        await asyncio.sleep(0.01)
    stop.set()
    await work
    assert alarms.standing() == []


@pytest.mark.requirement("REC-09")
async def test_the_finaliser_tells_of_what_it_stores_though_it_is_killed(tmp_path: Path) -> None:
    """The process of a PBX in service: what was not delivered before kill -9 is delivered by the next one."""
    async with open_site(tmp_path) as site:
        await journal(site, "rec1")
        (await journal(site, "broken")).write_bytes(b"no journal")
        with receiving() as receiver:
            url, port = receiver.url, receiver.port
        process = await finaliser_process(site, url)
        async with asyncio.timeout(60):
            while await waiting(site.database) < 2 or not await site.ledger.find("rec1"):
                await asyncio.to_thread(time.sleep, 0.05)
        process.kill()
        await process.wait()
        with receiving(port) as receiver:
            process = await finaliser_process(site, url)
            async with asyncio.timeout(60):
                while await waiting(site.database):
                    await asyncio.to_thread(time.sleep, 0.05)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(process.wait(), 10) == 0
        said = {json.loads(body)["data"]["recording"]: json.loads(body) for _, body in receiver.seen}
        assert {name: one["type"] for name, one in said.items()} == {
            "rec1": "recording.stored",
            "broken": "recording.failed",
        }
        manifest = (await site.row("rec1")).manifest
        assert said["rec1"]["data"]["manifest_sha256"] == sha256(manifest).hexdigest()


async def finaliser_process(site: Site, url: str) -> asyncio.subprocess.Process:
    """Start a finaliser that tells a webhook."""
    (site.root / "secret").write_text(SECRET)
    hook = {"url": url, "secret_file": str(site.root / "secret"), "allow": list(LAB), "max_age_s": 3600}
    settings = {
        "spool": str(site.spool),
        "vault": str(site.root / "v"),
        "database": f"sqlite+aiosqlite:///{site.root}/pbx.db",
        "webhook": hook,
        "alarms": str(site.root / "alarms"),
        "store": {"kind": "local", "directory": str(site.objects)},
    }
    config = site.root / "finaliser.json"
    config.write_text(json.dumps(settings))
    words = (sys.executable, "-m", "pbx.recording.io.finaliser", "--config", str(config))
    return await asyncio.create_subprocess_exec(*words)


async def test_a_stop_does_not_wait_for_the_receiver(
    database: Database, open_webhook: Callable[..., Webhook], alarms: AlarmFolder
) -> None:
    await fail(database, *map(str, range(30)))
    with receiving() as receiver:
        receiver.manners[:] = ["slow"] * 30
        stop = asyncio.Event()
        work = asyncio.create_task(hooks.run(open_webhook(receiver.url), database, alarms.settle, stop))
        while not receiver.seen:  # noqa: ASYNC110 - its thread raises no event of ours
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.wait_for(work, 1.0)
    assert await waiting(database) == 30
