"""A real call in a language that has words and no sound: the caller hears the next one, and values."""

from pathlib import Path

import pytest

from tests.e2e import fault_helpers as helpers
from tests.e2e import scraped
from tests.e2e.callers import WELCOME, calling, hear, prompt
from tests.e2e.running import free_port, running

ECHO = "echo.wav"
FLOW = f"""flow: support
start: german
steps:
  german: {{language: de-DE, next: welcome}}
  welcome: {{say: "{WELCOME}", next: number}}
  number: {{say: {{digits: "1"}}, next: wait}}
  wait: {{menu: "{WELCOME}", keys: {{1: end}}, otherwise: end}}
  end: {{hang_up: null}}
"""
FELL_BACK = ("pbx_prompts_fell_back_total", (("tenant", "acme"),))
MISSING = ("pbx_prompts_missing_total", (("tenant", "acme"),))


@pytest.mark.proof
@pytest.mark.requirement("IVR-06")
@pytest.mark.requirement("IVR-07")
async def test_the_caller_hears_the_next_language_and_it_is_counted(tmp_path: Path) -> None:
    port = free_port()
    helpers.configure(tmp_path, metrics={"port": port})
    acme = tmp_path / "config" / "acme"
    (acme / "flows" / "support.yaml").write_text(FLOW)
    (acme / "prompts" / "de-DE").mkdir()
    (acme / "prompts" / "de-DE" / "texts.yaml").write_text(f'"{WELCOME}": "Willkommen bei Acme."\n')
    english = acme / "prompts" / "en-GB"
    (english / "one.wav").write_bytes((english / ECHO).read_bytes())  # another sound than the welcome
    with (english / "index.yaml").open("a") as index:
        index.write('one.wav: "one"\n')
    async with running(tmp_path, free_port()) as pbx:
        async with calling(pbx, "+447700900123") as (_, call):
            await hear(call, prompt(pbx, WELCOME))
            await hear(call, prompt(pbx, "one"))
        counted = scraped.values(await scraped.page(port))
    assert (counted[FELL_BACK], counted[MISSING]) == (2.0, 0.0)
