"""Plug-ins in processes of their own: what they say, and what becomes of those that do not."""

import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx.call.effects import ConsultProgram
from pbx.core.errors import TransportError
from pbx.core.ids import CallId, Token
from pbx.core.secret import Secret
from pbx.ivr.plugin_steps import AskPlugin
from pbx.runner.plugin_asker import PluginAsker
from tests.plugins.installing import install

pytestmark = pytest.mark.requirement("IVR-10")
STEP = AskPlugin(
    name="loyalty",
    settings={"rate": 2},
    send=("caller",),
    take={"sum": "points"},
    by_outcome={"known": "tell", "unknown": "sorry"},
    failed="sorry",
    budget_s=2.0,
)
ASKED = ConsultProgram(
    call=CallId("c"),
    token=Token(1),
    tenant="acme",
    step="f.ask",
    of=STEP,
    values={"caller": Secret("+441632960100"), "called": Secret("7")},
)


@pytest.fixture
async def asker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PluginAsker]:
    install(tmp_path, monkeypatch)
    made = PluginAsker()
    yield made
    await made.close()


def asking(mode: str, budget_s: float = 2.0) -> ConsultProgram:
    return replace(ASKED, of=replace(STEP, settings={"mode": mode}, budget_s=budget_s))


async def test_what_it_says_and_what_it_prints(asker: PluginAsker) -> None:
    answer = await asker.ask(ASKED)
    assert (answer.outcome, answer.values) == ("known", {"sum": Secret("26")})
    assert (await asker.ask(asking("prints"))).outcome == "known"
    assert (await asker.ask(replace(ASKED, values={}))).outcome == "unknown"


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("large", "MemoryError"),
        ("wrong", "the answer is none"),
        ("raises", "LookupError"),
        ("long", "64 characters"),
    ],
)
async def test_a_fault_is_told_without_what_it_knew(asker: PluginAsker, mode: str, why: str) -> None:
    answer = await asker.ask(asking(mode))
    assert answer.outcome == "failed" and why in answer.why and "1632" not in answer.why
    assert (await asker.ask(ASKED)).outcome == "known"


async def test_one_that_is_late_or_dead_is_replaced(asker: PluginAsker) -> None:
    await asker.ask(ASKED)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        await asker.ask(asking("late", budget_s=0.2))
    assert time.monotonic() - began < 2.0
    with pytest.raises(TransportError, match="its process has ended"):
        await asker.ask(asking("dies"))
    assert (await asker.ask(ASKED)).outcome == "known"


async def test_one_that_is_not_installed(asker: PluginAsker) -> None:
    with pytest.raises(TransportError):
        await asker.ask(replace(ASKED, of=replace(STEP, name="nobody")))
