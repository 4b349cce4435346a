"""A rehearsed call in plain words, with the lines of the plan."""

from pbx.rehearsal.scenario import Phone
from tests.rehearsal.conftest import Play


def told(play: Play, **changed: object) -> list[str]:
    return [str(line).strip() for line in play(**changed).story]


def test_a_story_has_places_reasons_and_what_people_do(play: Play) -> None:
    story = told(play, phones={"extension/1001": Phone(answers_s=5.0), "extension/1002": Phone(refuses=486)})
    text = "\n".join(story)
    in_order = (
        "config/acme/dialplan.yaml:2: did +441632960100 -> flow support",
        "config/acme/flows/support.yaml:4: step welcome: says a sentence",
        'the caller hears "Thank you for calling Acme."',
        "rule of recording GB: notify (caller in GB by number)",
        "consent of the caller: notify, informed",
        "config/acme/flows/support.yaml:9: step identify",
        "the caller presses 03021980",
        "config/acme/flows/support.yaml:13: step agents: rings group/support for 25 s",
        "extension 1001 (Alice) is called",
        "1002 refuses (486 busy)",
        "1001 answers",
        "the caller and 1001 talk",
        "the caller hangs up",
        "the call is over: ended by caller, bye",
    )
    places = [text.index(one) for one in in_order]
    assert places == sorted(places)


def test_who_is_skipped_and_what_takes_too_long_is_said(play: Play) -> None:
    text = "\n".join(told(play, phones={"extension/1002": Phone(is_away=True)}))
    assert "extension 1002 has no telephone: skipped" in text
    assert "nobody has answered in time" in text
    assert "a message is left for support" in text


def test_nothing_is_said_for_the_caller_that_a_colleague_hears(play: Play) -> None:
    assert play().said[0] == "Thank you for calling Acme."


def test_who_talked_does_not_stop_ringing(play: Play) -> None:
    text = "\n".join(told(play, phones={"extension/1001": Phone(answers_s=5.0)}))
    assert "1002 stops ringing" in text and "1001 stops ringing" not in text
