"""What a prompt could not be had for is put on the record, once in a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest

from pbx.call.call import Call
from pbx.call.effects import PreparePrompts
from pbx.call.events import CallEvent, PromptsMissing, PromptsReady
from pbx.core.audit import AuditFact
from pbx.core.ids import CallId, Token
from pbx.media.dialogue import Say
from pbx.media.io.prompts import PromptLibrary
from pbx.media.wav import write
from pbx.runner import errands
from pbx.runner.desk import Tell, Work
from pbx.runner.errands import Errands, Services
from pbx.runner.scopes import CallScopes
from pbx.runner.told import Told
from tests.call.conftest import Board
from tests.call.support import SUPPORT

pytestmark = pytest.mark.requirement("IVR-07")
GERMAN = Say(text="Guten Tag.", language="de-DE", otherwise=Say(text="Hello."))


class Desk:
    """Errands for one call that is in progress; only prompts are prepared."""

    def __init__(self, folder: Path) -> None:
        english = folder / "recorded" / "en-GB"
        english.mkdir(parents=True)
        (english / "hello.wav").write_bytes(write(b"\x00\x10" * 800))
        (english / "index.yaml").write_text('hello.wav: "Hello."\n')
        self.board, self.answers, self.facts = Board(), list[CallEvent](), list[AuditFact]()
        self.board.offer(SUPPORT)
        self.calls = dict(self.board.switchboard.calls)
        (self.call,) = self.calls
        library = PromptLibrary((folder / "recorded",), folder / "cache", None, "gb")
        unused = cast(Any, None)
        self.services = Services(
            prompts={"acme": library},
            identities=unused,
            ledger=unused,
            mailboxes=unused,
            verifier=unused,
            bindings=unused,
        )
        self.errands = self.with_calls(lambda: self.calls)

    def with_calls(self, calls: Callable[[], Mapping[CallId, Call]]) -> Errands:
        note, spawn = self.facts.append, CallScopes(lambda *_: None).spawn
        return Errands(self.services, Told(), self.answers.append, calls, note, spawn)

    async def prepare(self, *prompts: Say) -> None:
        _, work = self.errands.begin(PreparePrompts(call=self.call, token=Token(1), prompts=prompts))
        await work


async def test_what_was_said_otherwise_is_a_fact_once_in_a_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.prepare(GERMAN)
    await desk.prepare(GERMAN)
    assert [type(one) for one in desk.answers] == [PromptsReady, PromptsReady]
    (fact,) = desk.facts
    assert (fact.kind, fact.call, fact.tenant) == ("prompt.fell_back", desk.call, "acme")
    assert fact.details == {"sentence": "Guten Tag.", "language": "de-DE", "what": "language"}


async def test_what_is_as_it_was_wanted_is_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.prepare(Say(text="Hello."))
    assert desk.facts == []


async def test_what_nobody_says_is_answered(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    await desk.prepare(Say(text="Tschüss.", language="de-DE"))
    assert [type(one) for one in desk.answers] == [PromptsMissing]


async def test_a_flow_that_loops_tells_a_bounded_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errands, "MAX_MISSED", 2)
    desk = Desk(tmp_path)
    for n in range(4):
        await desk.prepare(Say(text=f"Nummer {n}", language="de-DE", otherwise=Say(text="Hello.")))
    assert len(desk.facts) == 2


async def test_a_call_that_ends_meanwhile_tells_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    asks = iter((desk.calls, {}))
    desk.errands = desk.with_calls(lambda: next(asks))
    await desk.prepare(GERMAN)
    assert desk.facts == []


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a desk of its own takes."""

    call: CallId


class OneDesk:
    """Answers that prompts are missing, and counts the calls that are over."""

    takes = (AskedFor,)

    def __init__(self) -> None:
        self.forgotten: list[CallId] = []

    def begun(self, effect: AskedFor, tell: Tell) -> tuple[CallId, Work]:
        async def work() -> None:
            tell(PromptsMissing(call=effect.call, token=Token(7), reason="of the desk"))

        return CallId(f"desk/{effect.call}"), work()

    def forget(self, call: CallId) -> None:
        self.forgotten.append(call)


async def test_a_desk_does_the_errands_that_it_takes(tmp_path: Path) -> None:
    desk, one = Desk(tmp_path), OneDesk()
    desk.services = replace(desk.services, desks=(one,))
    errands = desk.with_calls(lambda: desk.calls)
    whose, work = errands.begin(cast(Any, AskedFor(desk.call)))
    await work
    errands.forget(desk.call)
    assert whose == f"desk/{desk.call}"
    assert desk.answers == [PromptsMissing(call=desk.call, token=Token(7), reason="of the desk")]
    assert one.forgotten == [desk.call]
