"""What may be filled in for a voice bot, as `pbx check` has it."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load

pytestmark = pytest.mark.requirement("MED-14")
FLOW = """flow: bot
start: order
steps:
  order:
    collect: "Please enter your order number."
    into: order
    max_digits: 8
    secret: false
    next: card
    otherwise: bot
  card:
    collect: "Please enter the number of your card."
    into: card
    max_digits: 16
    next: bot
    otherwise: bot
  bot:
    media_stream:
      url: "URL"
      parameters: {known: "VALUE"}
    failed: end
  end: {hang_up: null}
"""
GOOD = "wss://bot.example/call?token=x&from={caller}&order={order}"
EACH = "{verification} at {tenant}, {called}, {call}"


def problems(
    folder: Path, url: str = GOOD, value: str = "{verification} at {tenant}, {called}, {call}"
) -> list[str]:
    (folder / "acme/flows/bot.yaml").write_text(FLOW.replace("URL", url).replace("VALUE", value))
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


def test_the_call_and_open_entries_may_be_named(folder: Path) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize("where", ["url", "value"])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("card", "what is collected into card is a secret entry"),
        ("date_of_birth", "there is nothing to fill in for {date_of_birth}"),
        ("digits", "there is nothing to fill in for {digits}"),
        ("calller", "did you mean caller?"),
        ("Caller", "a { alone"),
        ("caller.__class__", "a { alone"),
    ],
)
def test_nothing_else_may(folder: Path, where: str, name: str, message: str) -> None:
    url = f"wss://bot.example/?x={{{name}}}" if where == "url" else GOOD
    (error,) = problems(folder, url, f"{{{name}}}" if where == "value" else "x")
    assert message in error
    line = {"url": 19, "value": 20}[where]
    assert error.startswith(f"config/acme/flows/bot.yaml:{line}:")


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("wss://{tenant}.example/?x=1", "host"),
        ("wss://bot.example/{caller}?x=1", "path"),
        ("wss://bot.example/{caller}", "path"),
    ],
)
def test_host_and_path_are_fixed(folder: Path, url: str, part: str) -> None:
    (error,) = problems(folder, url, "x")
    assert f"the {part} is fixed" in error


def test_an_entry_that_is_secret_in_one_step_is_secret(folder: Path) -> None:
    again = FLOW.replace("    into: card\n", "    into: order\n")
    (folder / "acme/flows/bot.yaml").write_text(again.replace("URL", GOOD).replace("VALUE", "x"))
    with pytest.raises(ConfigProblems, match="secret entry"):
        load(folder)
