"""Applications and the steps that they become."""

import pytest

from tests.importers.plans import flow_of


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Playback(vm-goodbye)", {"say": "Goodbye.", "next": "end"}),
        ("SayDigits(123)", {"say": {"digits": "123"}, "next": "end"}),
        ("Echo()", {"echo": None}),
        ("Directory(default,main,b)", {"directory": "any_name", "none": "end"}),
        ("Directory(default)", {"directory": "last_name", "none": "end"}),
        ("Milliwatt()", {"milliwatt": "60s"}),
        ("ConfBridge(6000)", {"conference": "room-6000"}),
        ("VoiceMail(1001@default&1002,u)", {"voicemail": "1001"}),
        ("Hangup(17)", {"hang_up": None, "cause": "busy"}),
        ("Busy(10)", {"hang_up": None, "cause": "busy"}),
        ("Congestion()", {"hang_up": None, "cause": "congestion"}),
    ],
)
def test_an_application_is_a_step(line: str, step: dict[str, object]) -> None:
    flow, _ = flow_of(f"Answer()\n{line}")
    assert flow.steps[flow.start] == step


def test_what_is_read_is_compared_and_said() -> None:
    flow, left = flow_of(
        'Read(no,vm-goodbye,4,,2,7)\nGotoIf($["${no}" = "42"]?3:4)\nSayDigits(${no})\nHangup()'
    )
    assert left == []
    ask = flow.steps[flow.start]
    assert (ask["collect"], ask["into"], ask["max_digits"], ask["attempts"], ask["timeout"]) == (
        *("Goodbye.", "no", 4, 2),
        "7s",
    )
    match = flow.steps[str(ask["next"])]
    assert match == {"match": "no", "cases": [{"is": "42", "then": "say"}], "otherwise": "end"}
    assert flow.steps["say"]["say"] == {"digits": "{no}"}
    assert ask["otherwise"] == "end"


def test_what_is_known_is_decided_at_once() -> None:
    flow, left = flow_of('Set(A=yes)\nGotoIf($["${A}" = "yes"]?4)\nBusy()\nExecIf($[${A} = yes]?Echo())')
    assert flow.steps[flow.start] == {"echo": None} and left == []


def test_subroutines_know_their_arguments_and_return() -> None:
    rest = "[sub]\nexten => s,1,Playback(${ARG1})\n same => n,Return()\n"
    rest += "[macro-m]\nexten => s,1,Playback(${ARG1})\n"
    flow, left = flow_of("Gosub(sub,s,1(hello))\nMacro(m,vm-goodbye)\nEcho()", rest=rest)
    assert left == []
    first = flow.steps[flow.start]
    second = flow.steps[first["next"]]
    assert (first["say"], second["say"], flow.steps[second["next"]]) == ("Hello.", "Goodbye.", {"echo": None})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("AGI(x.py)", "there is no step for it"),
        ("GotoIf($[${DB(a/b)} = 1]?1)", "the condition is not known before a call"),
        ("Set(X=${DB(a/b)})", "the value is not known before a call"),
        ("Set(CALLERID(name)=x)", "CALLERID is not set by a flow"),
        ("VoiceMail(77)", "box 77 is nobody's here"),
        ("Goto(nowhere,1,1)", "there is no 1 in nowhere"),
        ("Goto(s,none)", "there is no label none"),
        ("SayDigits(${X})", "what it says is not known before a call"),
        ("ConfBridge(${X})", "which room it is is not known before a call"),
    ],
)
def test_what_is_left_out_is_said(line: str, why: str) -> None:
    flow, left = flow_of(line)
    assert flow.steps[flow.start] == {"hang_up": None}
    assert len(left) == 1 and left[0].endswith(why)
