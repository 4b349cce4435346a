"""Playback links over a real vault, database and objects, by a real web server and a real HTTP client."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from sqlalchemy import text

from pbx.core.io.clock import utc_now
from pbx.lifecycle.link_messages import AskLink, AskLinks, LinksAre, RevokeLink
from pbx.lifecycle.restriction import Restriction
from pbx.lifecycle.retention import RetentionPolicy, Term
from pbx.playback import pages
from pbx.playback.io import site as site_module
from pbx.recording import wav
from pbx.recording.io.reader import decrypt_wav
from pbx.recording.io.vault_client import VaultClient
from pbx.sip.defence.buckets import Rate
from pbx.store.restrictions import RestrictionStore
from tests.integration.finaliser_site import MARKER, N_FRAMES, journal
from tests.integration.playback_site import ADA, BOB, EVE, RECORDING, House, house, serving
from tests.integration.test_desk import call

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("REC-11")]
AT = datetime(2026, 1, 2, tzinfo=UTC)
SIZE = len(wav.header("PCMU", 16_000)) + 2 * 16_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[House]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("REQUESTS", "GUESSES"):  # these tests are one address; test_playback_limits has the rest
            patch.setattr(site_module, name, Rate(per_s=1000, burst=1000))
        async with house(Path(folder)) as one:
            await call(one.site, RECORDING, "extension/1001")
            yield one


@pytest_asyncio.fixture(loop_scope="module")
async def here(opened: House) -> AsyncIterator[House]:
    before = opened.rules
    yield opened
    opened.rules = before


async def test_a_link_is_opened_once_and_played_in_that_browser(here: House) -> None:
    url = (await here.link(ticket="CASE/12")).url.reveal()
    path = urlsplit(url).path
    browser, stranger = here.browser(), here.browser()
    front = await stranger.get(path)  # as a preview in a chat does, which opens nothing
    assert (front.status, "<button" in front.text) == (200, True)
    page = await browser.opens(url)
    player = await browser.get(page)
    assert player.status == 200 and "<audio controls" in player.text and "0:02" in player.text
    sound = await browser.get(f"{page}sound.wav", Range="bytes=0-")
    assert (sound.status, sound.headers["content-range"]) == (206, f"bytes 0-{SIZE - 1}/{SIZE}")
    assert sound.body[58:][0::2] == MARKER * N_FRAMES
    for reply in (
        await stranger.get(path),
        await stranger.ask("POST", path),
        await browser.ask("POST", path),
        await stranger.get(page),
        await stranger.get(f"{page}sound.wav"),
    ):
        assert (reply.status, pages.GONE in reply.text) == (410, True)
    assert (await browser.get(page)).status == 200


async def test_strangers_are_told_the_same_of_every_link_that_does_not_open(here: House) -> None:
    used, revoked, expired = [await here.link() for _ in range(3)]
    await here.browser().opens(used.url.reveal())
    assert isinstance(await here.ask(ADA, RevokeLink(link=revoked.link)), LinksAre)
    past = {"link": expired.link, "past": "2026-01-01 00:00:00"}
    change = text("UPDATE playback_links SET expires_at = :past WHERE link = :link")
    await here.site.database.write(lambda connection: connection.execute(change, past))
    paths = [urlsplit(one.url.reveal()).path for one in (used, revoked, expired)]
    paths += ["/l/" + "A" * 43, "/l/x", "/p/" + used.link + "/", "/p/x/", "/p/x/sound.wav"]
    replies = [await here.browser().get(path) for path in paths]
    replies += [await here.browser().ask("POST", path) for path in paths[:5]]
    assert {(reply.status, reply.body) for reply in replies} == {(410, replies[0].body)}
    headers = [{name: value for name, value in one.headers.items() if name != "date"} for one in replies]
    assert headers == headers[:1] * len(replies)


async def test_what_is_sent_keeps_the_link_to_itself(here: House) -> None:
    made = await here.link()
    browser = here.browser()
    reply = await browser.ask("POST", urlsplit(made.url.reveal()).path)
    cookie = reply.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and f"path=/p/{made.link}/" in cookie
    page = reply.headers["location"]
    for one in (reply, await browser.get(page), await browser.get("/none"), await here.browser().get(page)):
        assert one.headers["cache-control"] == "no-store"
        assert one.headers["referrer-policy"] == "no-referrer"
        assert one.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in one.headers["content-security-policy"]
        assert "server" not in one.headers and "date" in one.headers


@pytest.mark.rfc("9110", "14.2")
@pytest.mark.rfc("9110", "15.3.7")
async def test_ranges(here: House) -> None:
    browser, page = await here.player()
    sound = f"{page}sound.wav"
    whole = await browser.get(sound)
    row = await here.site.row(RECORDING)
    master = await decrypt_wav(row, here.site.store, await here.site.key(row))
    assert (whole.status, len(whole.body)) == (200, SIZE)
    assert whole.body == wav.header("PCMU", 16_000) + master[58 : 58 + 32_000]
    etag, end = whole.headers["etag"], SIZE - 1
    for asked, status, expected in (
        ("bytes=57-60", 206, (57, 60)),
        ("bytes=-7", 206, (SIZE - 7, end)),
        (f"bytes=5-{10**18}", 206, (5, end)),
        ("bytes=0-1,5-6", 200, (0, end)),
    ):
        reply = await browser.get(sound, Range=asked)
        first, last = expected
        assert (reply.status, reply.body == whole.body[first : last + 1]) == (status, True), asked
        if status == 206:
            assert reply.headers["content-range"] == f"bytes {first}-{last}/{SIZE}"
    reply = await browser.get(sound, Range=f"bytes={SIZE}-")
    assert (reply.status, reply.headers["content-range"]) == (416, f"bytes */{SIZE}")
    assert (await browser.get(sound, Range="bytes=5-9", If_Range=etag)).status == 206
    assert (await browser.get(sound, Range="bytes=5-9", If_Range='"x"')).status == 200
    head = await browser.ask("HEAD", sound, {"Range": "bytes=0-1"})
    assert (head.status, head.headers["content-length"], head.body) == (200, str(SIZE), b"")
    assert head.headers["accept-ranges"] == "bytes"


@pytest.mark.requirement("D-09")
async def test_each_part_is_on_the_record_before_it_is_given(here: House) -> None:
    browser, page = await here.player(ticket="CASE/7")
    before, keys = len(await here.accesses()), here.keys_given()
    await browser.get(page)
    await browser.get(f"{page}sound.wav", Range="bytes=58-16057")
    await browser.get(f"{page}sound.wav", Range="bytes=16058-")
    seen, *heard = (await here.accesses())[before:]
    assert seen["kind"] == "recording.shown"
    assert [(one["kind"], one["form"], one["span"]) for one in heard] == [
        ("recording.exported", "link", "from 0 for 1"),
        ("recording.exported", "link", "from 1 for 1"),
    ]
    assert {(one["actor"], one["purpose"], one["link"]) for one in heard} == {
        ("daemon", "case 12", page.split("/")[2])
    }
    assert here.keys_given() == keys + 2
    made, opened = [one for one in await here.accesses() if one.get("ticket") == "CASE/7"]
    assert (made["kind"], opened["kind"]) == ("recording.link_made", "recording.link_opened")


async def test_of_a_whole_download_each_piece_is_on_the_record(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_module, "MAX_PIECE", 8058)
    browser, page = await here.player()
    before = len(await here.accesses())
    whole = await browser.get(f"{page}sound.wav")
    assert (whole.status, len(whole.body)) == (200, SIZE)
    spans = [one["span"] for one in (await here.accesses())[before:]]
    assert spans[:2] == ["from 0 for 0.5", "from 0.5 for 0.503625"] and len(spans) == 4
    short = await browser.get(f"{page}sound.wav", Range="bytes=0-")
    assert (short.status, short.headers["content-range"]) == (206, f"bytes 0-8057/{SIZE}")


async def test_a_link_to_a_part_has_nothing_else(here: House) -> None:
    browser, page = await here.player(start_ms=500, length_ms=1000)
    sound = f"{page}sound.wav"
    whole = await browser.get(sound)
    row = await here.site.row(RECORDING)
    master = await decrypt_wav(row, here.site.store, await here.site.key(row))
    assert whole.body == wav.header("PCMU", 8000) + master[58 + 8000 : 58 + 24_000]
    assert (await browser.get(sound, Range=f"bytes={len(whole.body)}-")).status == 416
    assert (await here.accesses())[-1]["span"] == "from 0.5 for 1"
    assert "0:01" in (await browser.get(page)).text


async def test_a_link_for_several(here: House) -> None:
    url = (await here.link(uses=2)).url.reveal()
    pages_of = [(browser, await browser.opens(url)) for browser in (here.browser(), here.browser())]
    assert [(await browser.get(page)).status for browser, page in pages_of] == [200, 200]
    assert (await here.browser().ask("POST", urlsplit(url).path)).status == 410


async def test_rules_are_those_of_each_request(here: House) -> None:
    browser, page = await here.player(uid=BOB, purpose="quality")
    sound, rules = f"{page}sound.wav", here.rules
    assert (await browser.get(sound, Range="bytes=0-99")).status == 206
    keys = here.keys_given()
    nobody = replace(rules, listeners=tuple(one for one in rules.listeners if one.role != "listener"))
    old = replace(rules, listeners=(replace(rules.listeners[0], within=timedelta(hours=1)),))
    ended = replace(rules, retention={"acme": RetentionPolicy(otherwise=Term(days=1), purposes=("quality",))})
    for changed, reason in ((nobody, "unknown"), (old, "age"), (ended, "purpose_ended")):
        here.rules = changed
        for path in (page, sound):
            reply = await browser.get(path)
            assert (reply.status, pages.FORBIDDEN in reply.text) == (403, True)
        assert (await here.accesses())[-1]["forbidden_by"] == f"access:{reason}"
    here.rules = rules
    assert here.keys_given() == keys
    assert (await browser.get(sound, Range="bytes=0-99")).status == 206


async def test_restricted_and_revoked_ones_are_played_no_further(here: House) -> None:
    await journal(here.site, "rec2")
    await here.site.finaliser().scan(0.0)
    browser, page = await here.player(recording="rec2")
    sound = f"{page}sound.wav"
    assert (await browser.get(sound, Range="bytes=0-99")).status == 206
    placed = Restriction(
        restriction="r2", recording="rec2", tenant="acme", reason="contested", actor="a", since_at=AT
    )
    store = RestrictionStore(here.site.database)
    assert await store.place(placed)
    assert (await browser.get(sound, Range="bytes=0-99")).status == 403
    assert "restriction" in await here.refusal(ADA, AskLink(recording="rec2", purpose="case 12"))
    assert await store.lift(placed, "a", "corrected", utc_now())
    assert (await browser.get(sound, Range="bytes=0-99")).status == 206
    await here.ask(ADA, RevokeLink(link=page.split("/")[2]))
    assert (await browser.get(sound, Range="bytes=0-99")).status == 410


@pytest.mark.requirement("E-07")
async def test_without_the_vault_nothing_is_played(here: House) -> None:
    browser, page = await here.player()
    nobody = VaultClient(here.site.root / "nobody")
    async with serving(here.site, here.site.root / "desk" / "t", vault=nobody) as other:
        browser.address = other.address
        reply = await browser.get(f"{page}sound.wav", Range="bytes=0-99")
    assert (reply.status, reply.headers["retry-after"]) == (503, "10")


@pytest.mark.requirement("D-10")
@pytest.mark.requirement("F-15")
async def test_without_the_log_nothing_is_played_and_no_key_is_asked_for(here: House) -> None:
    browser, page = await here.player()
    keys, url = here.keys_given(), (await here.link()).url.reveal()
    full = "CREATE TRIGGER full BEFORE INSERT ON audit_events BEGIN SELECT RAISE(ABORT, 'full'); END"
    await here.site.database.write(lambda connection: connection.execute(text(full)))
    try:
        for path in (page, f"{page}sound.wav"):
            reply = await browser.get(path)
            assert (reply.status, reply.headers["retry-after"]) == (503, "10")
        assert (await here.browser().ask("POST", urlsplit(url).path)).status == 503
    finally:
        await here.site.database.write(lambda connection: connection.execute(text("DROP TRIGGER full")))
    assert here.keys_given() == keys
    await here.browser().opens(url)  # it was not used up


async def test_a_damaged_recording_says_so(here: House) -> None:
    await journal(here.site, "rec3")
    await here.site.finaliser().scan(0.0)
    browser, page = await here.player(recording="rec3")
    path = here.site.objects / (await here.site.row("rec3")).object_key
    path.write_bytes(path.read_bytes()[:-1])
    assert (await browser.get(f"{page}sound.wav", Range="bytes=0-")).status == 500
    path.unlink()
    assert (await browser.get(f"{page}sound.wav", Range="bytes=0-")).status == 503


async def test_who_may_make_links_and_see_them(here: House) -> None:
    assert "no such recording" in await here.refusal(3, AskLink(recording=RECORDING, purpose="quality"))
    assert "role" in await here.refusal(EVE, AskLink(recording=RECORDING, purpose="quality"))
    assert "no purpose" in await here.refusal(BOB, AskLink(recording=RECORDING, purpose="case 12"))
    for more in (
        {"for_s": 59},
        {"for_s": 86_401},
        {"uses": 0},
        {"uses": 11},
        {"start_ms": 2000},
        {"ticket": "a\nb"},
    ):
        wanted = replace(AskLink(recording=RECORDING, purpose="case 12"), **more)
        assert "--" in await here.refusal(ADA, wanted)
    bobs = await here.link(BOB, purpose="quality")
    adas = await here.link(ADA)
    seen = {}
    for uid in (BOB, ADA, EVE):
        reply = await here.ask(uid, AskLinks(limit=1000))
        assert isinstance(reply, LinksAre)
        seen[uid] = {one.link for one in reply.links}
    assert bobs.link in seen[BOB] and adas.link not in seen[BOB]
    assert {bobs.link, adas.link} <= seen[ADA] == seen[EVE]
    assert "no such link" in await here.refusal(BOB, RevokeLink(link=adas.link))
    assert "no such link" in await here.refusal(3, RevokeLink(link=bobs.link))
    assert isinstance(await here.ask(EVE, RevokeLink(link=bobs.link)), LinksAre)
    assert "already" in await here.refusal(BOB, RevokeLink(link=bobs.link))
    here.rules = replace(here.rules, links_at="")
    assert "`playback`" in await here.refusal(ADA, AskLink(recording=RECORDING, purpose="case 12"))


async def test_tokens_are_written_nowhere(here: House, capsys: pytest.CaptureFixture[str]) -> None:
    browser, page = await here.player()
    await browser.get(f"{page}sound.wav")
    await browser.get("/l/" + "B" * 43)
    said = capsys.readouterr()
    kept = b"".join(file.read_bytes() for file in here.site.root.rglob("*") if file.is_file())
    kept += (said.out + said.err).encode()
    (morsel,) = browser.cookies[page].values()
    for secret in (urlsplit(here.made[-1]).path.rpartition("/")[2], morsel.value):
        assert len(secret) == 43 and secret.encode() not in kept
