"""A link in a real browser: it plays, goes to any second, and the log says what was heard."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

from pbx.config.places import Places
from pbx.core.io.peer import user_name
from pbx.testphone.demo import run_demo
from tests.e2e.chromium import FLAGS
from tests.e2e.running import free_port, prepare, running
from tests.integration.playback_site import house_of
from tests.integration.web_client import Browser as WebClient
from tests.integration.web_client import Reply

MINUTES = 30
LOUD, SILENT = bytes([0x9F] * 16 + [0x1F] * 16), b"\xff" * 32  # mu-law, both channels, 500 Hz
LISTEN = """async () => {
  const player = document.querySelector("audio");
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaElementSource(player).connect(analyser);
  analyser.connect(context.destination);
  window.level = () => {
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  };
  window.goTo = (second) => new Promise((done, failed) => {
    player.onseeked = () => done(player.currentTime);
    player.onerror = () => failed(player.error.message);
    player.currentTime = second;
  });
  await context.resume();
  await player.play();
  return [player.duration, player.currentTime];
}"""


def every_other_second(start: int, length: int) -> bytes:
    """Odd seconds are loud, even ones silent."""
    first, last = start // 16_000, (start + length) // 16_000
    seconds = b"".join((LOUD if second % 2 else SILENT) * 500 for second in range(first, last + 1))
    return seconds[start - first * 16_000 :][:length]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: tools/system-packages test installs it"
    async with async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=program, headless=True, args=[*FLAGS])
        yield browser
        await browser.close()


async def sounds(page: Page, is_loud: bool) -> None:
    """Wait until it is as loud, or as silent, as this second is; the page lets no other script in."""
    async with asyncio.timeout(3):
        while True:
            level = float(await page.evaluate("level()"))
            if level > 0.05 if is_loud else level < 0.001:
                return
            await asyncio.sleep(0.02)


@pytest.mark.proof
@pytest.mark.requirement("REC-11")
@pytest.mark.requirement("R-25")
async def test_a_browser_plays_a_link_and_goes_to_any_second() -> None:
    with TemporaryDirectory() as folder:
        async with house_of(Path(folder), MINUTES * 60, every_other_second) as here, chromium() as browser:
            url = (await here.link()).url.reveal()
            page = await browser.new_page()
            failures: list[str] = []
            page.on("console", lambda message: failures.append(message.text))
            await page.goto(url)
            await page.get_by_role("button", name="Open the recording").click()
            await page.wait_for_url("**/p/**")
            assert urlsplit(url).path not in page.url
            duration, _ = await page.evaluate(LISTEN)
            assert duration == pytest.approx(MINUTES * 60, abs=0.01)
            for second in (1201, 601, 1789, 301, 1500):
                at = await page.evaluate("second => window.goTo(second)", second + 0.05)
                assert at == pytest.approx(second + 0.05, abs=0.05)
                await sounds(page, is_loud=bool(second % 2))
                assert second <= await page.evaluate("document.querySelector('audio').currentTime")
            assert failures == []
            heard = [one for one in await here.accesses() if one["kind"] == "recording.exported"]
            spans = [str(one["span"]) for one in heard]
            assert max(float(span.split()[1]) for span in spans if span.startswith("from")) > 1700
            assert 5 <= len(spans) == here.keys_given() < 40
            print(f"chromium: 5 seeks, {len(spans)} pieces on the record: {'; '.join(spans)}")
            other = await browser.new_context()
            answer = await (await other.new_page()).goto(url)
            assert answer is not None and answer.status == 410
            assert await asyncio.wait_for(page.evaluate("document.cookie"), 5) == ""


@pytest.mark.proof
@pytest.mark.requirement("REC-11")
async def test_a_call_is_heard_by_a_link_through_the_front_door(tmp_path: Path) -> None:
    folder, web = prepare(tmp_path), free_port()
    with (folder / "pbx.yaml").open("a") as file:
        file.write(f"playback: {{port: {web}}}\n")
    people = f"people: {{{user_name(os.getuid())}: {{role: compliance}}}}\n"
    (folder / "acme" / "access.yaml").write_text(people)
    async with running(tmp_path, free_port()) as pbx:
        call = await run_demo(pbx.places, pbx.config, lambda _line: None)
        assert call.ok and call.recording
        words = ("recordings", "link", call.recording, "--purpose", "case 12")
        url = (await pbx_says(pbx.places, *words)).strip()
        browser = WebClient(("127.0.0.1", web))
        page = await browser.opens(url)
        first = await browser.get(f"{page}sound.wav", Range="bytes=0-99")
        assert (first.status, first.body[:4]) == (206, b"RIFF")
        before = int(pbx.places.pid("playback").read_text())
        os.kill(before, signal.SIGKILL)
        async with asyncio.timeout(30):  # it comes back, and the browser's session is as it was
            while (again := await answer(browser, f"{page}sound.wav")) is None:
                await asyncio.sleep(0.1)
        assert again.status == 206 and int(pbx.places.pid("playback").read_text()) != before
        assert (await WebClient(browser.address).ask("POST", urlsplit(url).path)).status == 410
        os.kill(int(pbx.places.pid("vault").read_text()), signal.SIGSTOP)
        assert (await browser.get(f"{page}sound.wav", Range="bytes=0-99")).status == 503
        os.kill(int(pbx.places.pid("vault").read_text()), signal.SIGCONT)
    logs = b"".join(file.read_bytes() for file in (tmp_path / "var").rglob("*") if file.is_file())
    assert urlsplit(url).path.rpartition("/")[2].encode() not in logs


async def answer(browser: WebClient, path: str) -> Reply | None:
    """Return the reply of a server that may be away."""
    try:
        return await browser.get(path, Range="bytes=0-99")
    except ConnectionError:
        return None


async def pbx_says(places: Places, *words: str) -> str:
    """Return what a command prints."""
    command = (sys.executable, "-m", "pbx.cli.main", *words, "--socket", str(places.desk_socket))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    return out.decode()
