"""Questions with a step behind each key."""

from tests.importers.plans import flow_of

KEYS = "exten => 1,1,Dial(PJSIP/1001,20)\nexten => 2,1,Echo()\n"


def test_a_question_and_its_keys() -> None:
    rest = KEYS + "exten => i,1,Playback(pbx-invalid)\n same => n,Goto(s,1)\nexten => t,1,Hangup()\n"
    flow, left = flow_of("Answer()\nBackground(hello&welcome)\nWaitExten(7)", rest=rest)
    menu = flow.steps[flow.start]
    assert (menu["menu"], menu["timeout"], menu["attempts"]) == ("Hello. Welcome.", "7s", 1)
    assert {key: next(iter(flow.steps[name])) for key, name in menu["keys"].items()} == {
        "1": "ring",
        "2": "echo",
    }
    assert flow.steps[menu["otherwise"]] == {"hang_up": None}
    assert menu["invalid"].startswith("I am sorry") and left == []


def test_a_question_that_comes_again_is_asked_three_times() -> None:
    flow, _ = flow_of("Background(hello)\nWaitExten(5)", rest=KEYS + "exten => t,1,Goto(s,1)\n")
    menu = flow.steps[flow.start]
    assert menu["attempts"] == 3 and flow.steps[menu["otherwise"]] == {"hang_up": None}


def test_a_question_that_nothing_answers_is_left_out() -> None:
    flow, left = flow_of("Background(hello)\nWaitExten(5)\nEcho()")
    assert flow.steps[flow.start] == {"echo": None}
    assert left == ["background(hello): no extension of one digit answers it"]


def test_longer_numbers_and_a_second_way_are_reported() -> None:
    rest = KEYS + "exten => _1XXX,1,Hangup()\nexten => i,1,Echo()\nexten => t,1,Hangup()\n"
    _, left = flow_of("Background(hello)\nWaitExten(5)", rest=rest)
    assert [one.partition(":")[0] for one in left] == ["extension i", "Background"]
