"""What flows ask programs for, as `pbx check` has it."""

from pathlib import Path

import pytest

from pbx.config.load import ConfigProblems, load

pytestmark = pytest.mark.requirement("IVR-04")
FLOW = """flow: orders
start: order
steps:
  order: {collect: "Your order?", into: order, max_digits: 8, secret: false, next: pin, otherwise: end}
  pin: {collect: "Your PIN?", into: pin, max_digits: 4, next: ask, otherwise: end}
  ask:
    http: {server: SERVER, path: "PATH", body: {x: "BODY"}, take: {TAKE: /state}, OTHER}
    next: by
    failed: end
  by: {match: state, cases: [{is: shipped, then: end}], otherwise: end}
  end: {hang_up: null}
"""
RIGHT = {"SERVER": "orders", "PATH": "/x?a={order}", "BODY": "{caller}", "TAKE": "state", "OTHER": "keep: 1s"}
SERVERS = "servers: {orders: {url: 'URL', allow: [10.1.0.0/16]}}\n"


def problems(folder: Path, url: str = "https://orders.example/pbx", **changed: str) -> list[str]:
    text = FLOW
    for word, value in (RIGHT | changed).items():
        text = text.replace(word, value)
    (folder / "acme/flows/orders.yaml").write_text(text)
    (folder / "acme/servers.yaml").write_text(SERVERS.replace("URL", url))
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"BODY": "{pin}", "OTHER": "send_secret: [pin]"},
        {"url": "https://10.1.2.3/"},
        {"url": "http://127.0.0.1:8080"},
        {"url": "https://[2001:4860::1]/"},
    ],
)
def test_what_is_right(folder: Path, changed: dict[str, str]) -> None:
    assert problems(folder, **changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"SERVER": "order"}, "steps.ask.http.server: there is no server order (did you mean orders?)"),
        ({"SERVER": "crm"}, "steps.ask.http.server: there is no server crm (write it down in servers.yaml"),
        (
            {"PATH": "/x?a={odrer}"},
            "path: there is nothing to fill in for {odrer} (did you mean order?)",
        ),
        (
            {"PATH": "/x?a={pin}"},
            "path: what is collected into pin is a secret entry (a URL stands in",
        ),
        (
            {"BODY": "{pin}"},
            "body.x: what is collected into pin is a secret entry (name it in send_",
        ),
        (
            {"OTHER": "send_secret: [order]"},
            "http.send_secret.0: no step collects order in secret",
        ),
        (
            {"OTHER": "send_secret: [pin], keep: 1s"},
            "http.keep: an answer to a question with a secret in it is never kept",
        ),
        ({"TAKE": "caller", "OTHER": "keep: 2s"}, "http.take.caller: caller is a value of the call"),
        ({"TAKE": "pin"}, "http.take.pin: what is collected into pin is a secret entry"),
    ],
)
def test_what_is_wrong(folder: Path, changed: dict[str, str], said: str) -> None:
    found = problems(folder, **changed)
    assert any(said in one for one in found), found
    assert all(one.startswith("config/acme/flows/orders.yaml:") for one in found)


@pytest.mark.requirement("S-38")
@pytest.mark.parametrize(
    "host", ["10.2.0.1", "169.254.169.254", "[::ffff:10.2.0.1]", "[fd00::1]", "192.168.0.1"]
)
def test_an_address_of_nobodys_network_is_refused(folder: Path, host: str) -> None:
    (said,) = problems(folder, url=f"https://{host}/")
    assert said.startswith("config/acme/servers.yaml:1:") and "is not on the public network" in said
    assert "(name its network in servers.orders.allow)" in said


def test_without_the_file_there_is_no_server(folder: Path) -> None:
    assert problems(folder) == []
    (folder / "acme/servers.yaml").unlink()
    with pytest.raises(ConfigProblems, match="there is no server orders"):
        load(folder)


def test_what_a_program_says_may_be_anything(folder: Path) -> None:
    """A variable that is set too: what is set is no list of all that it can be."""
    file = folder / "acme/flows/orders.yaml"
    problems(folder)
    text = file.read_text().replace("start: order", "start: s")
    file.write_text(text.replace("steps:\n", "steps:\n  s: {set: {state: a}, next: order}\n"))
    load(folder)


LOOKUP = """flow: orders
start: pin
steps:
  pin: {collect: "Your PIN?", into: pin, max_digits: 4, next: ask, otherwise: end}
  ask: {lookup: {query: QUERY, with: {WITH}, take: {TAKE}, OTHER}, found: end, failed: end}
  end: {hang_up: null}
"""
CUSTOMERS = """queries:
  order: {url_file: x, select: SELECT a FROM t WHERE n = :n, columns: {due_on: V0, total: V2}}
"""
GIVEN = {"QUERY": "order", "WITH": "n: caller", "TAKE": "day: due_on", "OTHER": "keep: 1s"}


def lookup_problems(folder: Path, **changed: str) -> list[str]:
    text = LOOKUP
    for word, value in (GIVEN | changed).items():
        text = text.replace(word, value)
    (folder / "acme/flows/orders.yaml").write_text(text)
    (folder / "acme/customers.yaml").write_text(CUSTOMERS)
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


@pytest.mark.parametrize("changed", [{}, {"WITH": "n: pin", "OTHER": "send_secret: [pin]"}])
def test_a_right_lookup(folder: Path, changed: dict[str, str]) -> None:
    assert lookup_problems(folder, **changed) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"QUERY": "ordr"}, "lookup.query: there is no query ordr (did you mean order?)"),
        ({"QUERY": "crm"}, "there is no query crm (write it down under queries of customers.yaml)"),
        ({"WITH": "m: caller"}, "lookup.with.m: order has no parameter :m"),
        ({"WITH": "m: caller"}, "lookup.with: nothing is given for :n of order"),
        ({"WITH": "n: callr"}, "with.n: there is nothing to fill in for {callr} (did you mean caller?)"),
        ({"WITH": "n: pin"}, "with.n: what is collected into pin is a secret entry (name it in send_secret"),
        ({"TAKE": "day: due"}, "lookup.take.day: order gives no column due (did you mean due_on?)"),
        ({"TAKE": "caller: due_on"}, "lookup.take.caller: caller is a value of the call"),
        ({"OTHER": "send_secret: [pin], keep: 2s"}, "a secret in it is never kept"),
    ],
)
def test_a_wrong_lookup(folder: Path, changed: dict[str, str], said: str) -> None:
    found = lookup_problems(folder, **changed)
    assert any(said in one for one in found), found


HAND_OFF = """flow: orders
start: pin
steps:
  pin: {collect: "Your PIN?", into: pin, max_digits: 4, next: ask, otherwise: end}
  ask: {hand_off: {server: orders, SEND}, leads_to: [LEADS], failed: end}
  end: {hang_up: null}
"""


def hand_off_problems(
    folder: Path, send: str = "send: [caller]", leads: str = "end", key: str = ""
) -> list[str]:
    flow = HAND_OFF.replace("SEND", send).replace("LEADS", leads)
    (folder / "acme/flows/orders.yaml").write_text(flow)
    server = f"servers: {{orders: {{url: https://orders.example{key}}}}}\n"
    (folder / "acme/servers.yaml").write_text(server)
    try:
        load(folder)
    except ConfigProblems as found:
        return [str(error) for error in found.errors]
    return []


KEY = ", secret_file: x"


def test_a_right_hand_off(folder: Path) -> None:
    assert hand_off_problems(folder, key=KEY) == []
    assert hand_off_problems(folder, "send_secret: [pin]", key=KEY) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (
            {"key": ""},
            "hand_off.server: anybody could answer for orders: it has no secret (write",
        ),
        ({"send": "send: [pin]"}, "hand_off.send.0: what is collected into pin is a secret entry"),
        ({"send": "send: [ordr]"}, "hand_off.send.0: there is nothing to fill in for {ordr}"),
        ({"leads": "nd"}, "steps.ask.leads_to.0: there is no step nd (did you mean end?)"),
    ],
)
def test_a_wrong_hand_off(folder: Path, changed: dict[str, str], said: str) -> None:
    found = hand_off_problems(folder, **{"key": KEY, **changed})
    assert any(said in one for one in found), found
