"""What the engine says it can do, and what it refuses for want of it."""

import pytest

from pbx.sip import capabilities
from pbx.sip.message import Headers, Request


def requiring(*values: str) -> Request:
    headers = Headers()
    for value in values:
        headers.add("Require", value)
    return Request("INVITE", "sip:bob@example.test", headers)


@pytest.mark.rfc("3261", "8.2.2.3")
def test_an_unknown_option_tag_is_named_and_a_known_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capabilities, "OPTION_TAGS", ("timer",))
    assert capabilities.bad_extensions(requiring()) == ()
    assert capabilities.bad_extensions(requiring("Timer")) == ()
    assert capabilities.bad_extensions(requiring("timer, x-one", "x-two")) == (
        ("Unsupported", "x-one, x-two"),
    )


@pytest.mark.rfc("3261", "11.2")
def test_the_answer_to_options_names_methods_bodies_and_option_tags() -> None:
    assert dict(capabilities.OPTIONS_FIELDS) == {
        "Allow": ", ".join(capabilities.METHODS),
        "Accept": ", ".join(capabilities.BODIES),
        "Supported": ", ".join(capabilities.OPTION_TAGS),
        "Allow-Events": ", ".join(capabilities.EVENTS),
    }
