"""A web phone in Chromium: SIP.js and the browser's own WebRTC, its microphone a sound from a file."""

import asyncio
import base64
import functools
import http.server
import shutil
import threading
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from playwright.async_api import Page, async_playwright

from pbx.testphone import signal

FOLDER = Path(__file__).parent / "node"
RATE = 48_000
AMPLITUDE = 8000  # of 32767, as our own test phone talks
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)
HEAR_S, LOOK_S = 10.0, 0.05


@dataclass(frozen=True, slots=True)
class Heard:
    """170 ms of sound: its level in dB of full scale, and the part of its power that is the tone."""

    level: float
    share: float


SILENCE = Heard(-200.0, 0.0)


class BrowserPhone:
    """One of the page's `phones`, see browser.mjs; they have one microphone."""

    def __init__(self, page: Page, microphone: Path, number: int = 0) -> None:
        self._page = page
        self._microphone = microphone
        self._number = number

    async def another(self) -> "BrowserPhone":
        """Return one more in the same browser."""
        return BrowserPhone(self._page, self._microphone, await self._page.evaluate("addPhone()"))

    @contextmanager
    def saying(self, pcm: bytes) -> Iterator[None]:
        """Say PCM16 of 8 kHz again and again in the calls that begin meanwhile."""
        usual = self._microphone.read_bytes()
        _write_sound(self._microphone, np.asarray(soxr.resample(signal.samples(pcm), signal.RATE, RATE)))
        try:
            yield
        finally:
            self._microphone.write_bytes(usual)

    async def records(self, seconds: float) -> signal.Samples:
        """Return what is heard from the first sound on, at 8 kHz."""
        pcm = base64.b64decode(await self.do("record", seconds))
        return np.asarray(soxr.resample(signal.samples(pcm), RATE, signal.RATE))

    async def do(self, verb: str, *arguments: object) -> Any:
        """Call one of its functions and return what it returns; playwright's Error when that fails."""
        order = [self._number, verb, list(arguments)]
        return await self._page.evaluate("([number, verb, rest]) => phones[number][verb](...rest)", order)

    async def measure(self, hz: float) -> Heard:
        """Return what is heard at this moment."""
        return Heard(**await self.do("measure", hz))

    async def hears(self, hz: float, is_right: Callable[[Heard], bool]) -> Heard:
        """Return the first measure that is right."""
        heard = SILENCE
        try:
            async with asyncio.timeout(HEAR_S):
                while not is_right(heard := await self.measure(hz)):
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"{hz} Hz was not heard as it should be, at the end {heard}") from None
        return heard


@contextmanager
def pages() -> Iterator[str]:
    """Serve the page of the web phone; yields its origin."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    assert (FOLDER / "node_modules" / "sip.js").is_dir(), "run: npm ci --prefix tests/e2e/node"
    handler = functools.partial(Quiet, directory=str(FOLDER))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@asynccontextmanager
async def chromium(folder: Path, origin: str, tone_hz: int) -> AsyncIterator[BrowserPhone]:
    """Open the page in a browser of its own that says one tone."""
    program = shutil.which("chromium")
    assert program is not None, "chromium is missing: tools/system-packages test installs it"
    microphone = folder / "microphone.wav"
    _write_sound(microphone, AMPLITUDE * np.sin(2 * np.pi * tone_hz * np.arange(RATE) / RATE))
    flags = [*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as engine:
        browser = await engine.chromium.launch(executable_path=program, headless=True, args=flags)
        page = await browser.new_page()
        await page.goto(f"{origin}/browser.html")
        await page.wait_for_function("window.addPhone !== undefined")
        yield await BrowserPhone(page, microphone).another()
        await browser.close()


def _write_sound(path: Path, sound: signal.Samples) -> None:
    """Write what the browser repeats without a seam."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(sound.round().astype("<i2").tobytes())
