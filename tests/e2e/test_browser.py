"""A real browser in calls with a desk telephone: what one says, the other is measured to hear."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import yaml

from pbx.testphone import signal
from pbx.testphone.audio import AMPLITUDE
from pbx.testphone.call import PhoneCall
from pbx.testphone.phone import Phone
from tests.e2e.chromium import SILENCE, BrowserPhone, Heard, chromium, pages
from tests.e2e.desk import device
from tests.e2e.running import RunningPbx, free_port, prepare, running
from tests.e2e.talks import LIKENESS, Pair, Side, configure, is_as_loud
from tests.e2e.web_talks import WebTalk, register, web_talked

ECHO, PATIENT = "01632960102", "01632960109"
PATIENCE = """
flow: patience
start: ring
steps:
  ring: {ring: extension/1001, for: 45s, no_answer: sorry, busy: sorry}
  sorry: {hang_up: "Nobody is there."}
"""
SAID_HZ, DESK_HZ = 700, 1000.0  # by the browser, by the desk telephone
SAID_DB = 20 * float(np.log10(AMPLITUDE / 32768 / np.sqrt(2)))
LEVEL_DB = 1.0  # neither a codec nor the transcoder makes it louder or softer
SHARE = 0.95
TAIL = signal.RATE // 2  # half a second
CALL_S, LATE_S, AUDIO_MS = 20.0, 8.0, 500.0
SILENCE_DB = -60.0
DIGITS = "159#"
OPUS = Side("browser", "opus", "dtls")
TALKS = [
    WebTalk(Pair(number, *sides))
    for number, sides in enumerate(
        (
            (OPUS, Side("baresip", "G722", "plain")),
            (OPUS, Side("baresip", "opus", "plain")),
            (OPUS, Side("baresip", "PCMA", "sdes")),
            (Side("browser", "G722", "dtls"), Side("baresip", "opus", "sdes")),
            (Side("pjsua", "G722", "AES_256_CM_HMAC_SHA1_80"), OPUS),
            (Side("pjsua", "PCMU", "AES_CM_128_HMAC_SHA1_32"), Side("browser", "PCMA", "dtls")),
            (Side("baresip", "G722", "dtls"), Side("browser", "PCMU", "dtls")),
        )
    )
]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[RunningPbx, BrowserPhone]]:
    """A PBX with a WebSocket for the page, and a browser with extension 1001, which has to speak Opus."""
    base = tmp_path_factory.mktemp("browser")
    configure(base, [talk.pair for talk in TALKS])
    folder, port = prepare(base), free_port()
    file, extensions = folder / "pbx.yaml", folder / "acme" / "extensions.yaml"
    people = yaml.safe_load(extensions.read_text())
    people["extensions"][1001]["media"] = {"codecs": ["opus"]}
    extensions.write_text(yaml.safe_dump(people))
    plan = folder / "acme" / "dialplan.yaml"
    plan.write_text(plan.read_text().replace("\n  ", f"\n  {PATIENT}: {{flow: patience}}\n  ", 1))
    (folder / "acme" / "flows" / "patience.yaml").write_text(PATIENCE)
    with pages() as origin:
        written = yaml.safe_load(file.read_text())
        written["sip"] |= {
            "listeners": [{"transport": "ws", "host": "127.0.0.1", "port": port}],
            "websocket": {"origins": [origin]},
        }
        file.write_text(yaml.safe_dump(written))
        async with running(base, free_port()) as pbx, chromium(base, origin, SAID_HZ) as browser:
            await register(pbx, browser, "1001")
            yield pbx, browser
            await browser.do("leave")


async def until(is_so: Callable[[], bool]) -> None:
    """Look until it is so: what a test phone has heard is no event."""
    async with asyncio.timeout(CALL_S):
        while not is_so():
            await asyncio.sleep(0.01)


def newest(call: PhoneCall, hz: float, since: int = 0) -> Heard:
    """Return what the desk telephone heard in the last half second, all of it after octet `since`."""
    pcm = signal.samples(call.heard[since:])[-TAIL:]
    if pcm.size < TAIL or not pcm.any():
        return SILENCE
    level = 20 * float(np.log10(np.sqrt(np.square(pcm).mean()) / 32768))
    return Heard(level, 10 ** (signal.level(pcm, hz) / 10))


def is_as_said(heard: Heard) -> bool:
    """Whether it is the tone, nearly nothing else, and as loud as it was said."""
    return heard.share >= SHARE and abs(heard.level - SAID_DB) <= LEVEL_DB


def is_another(heard: Heard) -> bool:
    """Whether something is heard, and the tone is not in it."""
    return heard.level > SILENCE_DB and heard.share < 1 - SHARE


async def both_hear(call: PhoneCall, browser: BrowserPhone) -> None:
    """Each hears the other from now on."""
    since = len(call.heard)
    await until(lambda: is_as_said(newest(call, SAID_HZ, since)))
    await browser.hears(DESK_HZ, is_as_said)


async def called(pbx: RunningPbx, desk: Phone, browser: BrowserPhone) -> PhoneCall:
    """Let the browser call the desk telephone, which answers and talks."""
    await browser.do("call", "1003")
    call = await desk.incoming(CALL_S)
    call.answer()
    assert await call.wait_answered(CALL_S) == 200
    call.talk(DESK_HZ)
    await browser.do("established")
    return call


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-09")
async def test_a_browser_calls_a_telephone(site: tuple[RunningPbx, BrowserPhone]) -> None:
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        call = await called(pbx, desk, browser)
        await both_hear(call, browser)
        facts = await browser.do("facts")
        await browser.do("hangUp")
        assert await call.wait_ended(CALL_S) == "bye"
    assert facts["hears"] == facts["says"] == "audio/opus"
    assert facts["dtls"] == "connected" and facts["srtp"] and facts["lost"] == 0


async def test_a_telephone_calls_a_browser(site: tuple[RunningPbx, BrowserPhone]) -> None:
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        call = await desk.call("1001")
        call.talk(DESK_HZ)
        await browser.do("rung")
        await browser.do("answer")
        assert await call.wait_answered(CALL_S) == 200
        await both_hear(call, browser)
        facts = await browser.do("facts")
        call.hang_up()
        await browser.do("ended")
    assert facts["hears"] == facts["says"] == "audio/opus"


@pytest.mark.proof
@pytest.mark.requirement("MED-15")
@pytest.mark.rfc("3264", "6")
@pytest.mark.rfc("9143", "7.3")
async def test_a_camera_is_declined_and_audio_is_none_the_worse(
    site: tuple[RunningPbx, BrowserPhone],
) -> None:
    """Both streams were to share one transport (BUNDLE); what is left of it is the audio."""
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        await browser.do("call", "1003", True)
        call = await desk.incoming(CALL_S)
        call.answer()
        assert await call.wait_answered(CALL_S) == 200
        call.talk(DESK_HZ)
        await browser.do("established")
        await both_hear(call, browser)
        streams, facts = await browser.do("streams"), await browser.do("facts")
        await browser.do("hangUp")
        assert await call.wait_ended(CALL_S) == "bye"
    offered, answered = streams["offered"], streams["answered"]
    assert [kind for kind, _ in offered["ports"]] == ["audio", "video"] and len(offered["bundle"]) == 2
    assert [kind for kind, port in answered["ports"] if port] == ["audio"]
    assert answered["ports"][1] == ["video", 0] and answered["bundle"] == offered["bundle"][:1]
    assert streams["camera"] in (None, "inactive", "stopped") and streams["frames"] == 0
    assert facts["hears"] == facts["says"] == "audio/opus" and facts["lost"] == 0


async def test_a_browser_hears_itself_in_the_echo_test(site: tuple[RunningPbx, BrowserPhone]) -> None:
    _, browser = site
    await browser.do("call", ECHO)
    await browser.do("established")
    await browser.hears(SAID_HZ, is_as_said)
    await browser.do("hangUp")


@pytest.mark.requirement("MED-08")
@pytest.mark.parametrize(
    ("number", "rings_s"), [("1001", LATE_S), pytest.param(PATIENT, 30.0, marks=pytest.mark.proof)]
)
async def test_audio_is_there_at_once_when_a_browser_answers_late(
    site: tuple[RunningPbx, BrowserPhone], number: str, rings_s: float
) -> None:
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        call = await desk.call(number)
        call.talk(DESK_HZ)
        await browser.do("rung")
        with pytest.raises(TimeoutError):  # it rings for so long
            await call.wait_ended(rings_s)
        since = len(call.heard)
        answering = asyncio.create_task(browser.do("answer"))
        await until(lambda: signal.tone_s(signal.samples(call.heard[since:]), SAID_HZ) > 0)
        heard_at = 1000 * time.time()
        answered_at = await answering
        first = await browser.do("firstHeard")
        call.hang_up()
        await browser.do("ended")
    print(f"rang {rings_s:.0f} s, heard after {heard_at - answered_at:.0f} and {first - answered_at:.0f} ms")
    assert heard_at - answered_at < AUDIO_MS
    assert first - answered_at < AUDIO_MS


async def test_keys_pressed_in_a_browser_reach_the_telephone(site: tuple[RunningPbx, BrowserPhone]) -> None:
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        call = await called(pbx, desk, browser)
        await both_hear(call, browser)
        assert await browser.do("press", DIGITS)
        await until(lambda: len(call.digits_heard.reveal()) >= len(DIGITS))
        await both_hear(call, browser)
        await browser.do("hangUp")
    assert call.digits_heard.reveal() == DIGITS


async def test_a_browser_holds_and_resumes(site: tuple[RunningPbx, BrowserPhone]) -> None:
    pbx, browser = site
    async with device(pbx, "1003") as desk:
        call = await called(pbx, desk, browser)
        await both_hear(call, browser)
        await browser.do("hold", True)
        since = len(call.heard)
        # Music, and nothing of the browser: what was under way when it held comes first.
        await until(lambda: is_another(newest(call, SAID_HZ, since)))
        await browser.hears(DESK_HZ, lambda heard: heard.level < SILENCE_DB)
        await browser.do("hold", False)
        await both_hear(call, browser)
        await browser.do("hangUp")
        assert await call.wait_ended(CALL_S) == "bye"


async def test_a_codec_that_both_have_is_not_transcoded(site: tuple[RunningPbx, BrowserPhone]) -> None:
    pbx, browser = site
    await browser.do("leave")
    await register(pbx, browser, "1002")
    async with device(pbx, "1003") as desk:
        call = await called(pbx, desk, browser)
        await both_hear(call, browser)
        facts = await browser.do("facts")
        await browser.do("hangUp")
        assert await call.wait_ended(CALL_S) == "bye"
    assert facts["hears"] == facts["says"]
    assert facts["says"] in ("audio/PCMA", "audio/PCMU")


@pytest.mark.requirement("MED-01")
@pytest.mark.requirement("MED-07")
async def test_it_talks_with_telephones_of_other_kinds(
    site: tuple[RunningPbx, BrowserPhone], tmp_path: Path
) -> None:
    pbx, browser = site
    for talk, told in (await web_talked(pbx, TALKS, browser, tmp_path)).items():
        codec = f"audio/{talk.browser.codec}"
        assert (told.facts["hears"], told.facts["says"]) == (codec, codec), str(talk.pair)
        assert told.facts["dtls"] == "connected" and told.facts["srtp"], str(talk.pair)
        assert min(heard.likeness for heard in told.both) > LIKENESS, (str(talk.pair), told)
        assert is_as_loud(talk.pair, *told.both), (str(talk.pair), told)
