"""A flow made of steps: which of its variables are secret, and whether it takes messages."""

from pbx.ivr import steps
from pbx.ivr.variables import SetTo


def test_secret_and_open_variables() -> None:
    def entry(variable: str, *, secret: bool) -> steps.Collect:
        return steps.Collect(
            text="?",
            variable=variable,
            min_digits=1,
            max_digits=2,
            next="a",
            fallback="a",
            invalid_text="!",
            secret=secret,
        )

    asked = {
        "a": entry("card", secret=True),
        "b": entry("order", secret=False),
        "c": entry("card", secret=False),
    }
    plan = steps.FlowPlan(name="pay", start="a", steps={**asked, "d": SetTo(values={"desk": "1"}, next="a")})
    assert plan.secret_variables == {"card"}
    assert plan.open_variables == {"order", "desk"}


def test_where_a_message_can_be_left() -> None:
    say = steps.Say(text="Hello.", next=None)
    message = steps.Voicemail(box="support", greeting="Speak.", max_s=60.0)
    hello = steps.FlowPlan(name="hello", start="a", steps={"a": say})
    mail = steps.FlowPlan(name="mail", start="a", steps={"a": say, "b": message})
    assert steps.takes_messages([hello, mail])
    assert not steps.takes_messages([hello])
    assert not steps.takes_messages([])
