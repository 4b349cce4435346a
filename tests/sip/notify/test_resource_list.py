"""One subscription for many buttons: the list, its parts, and only what changed."""

import re
from dataclasses import replace

import pytest

from pbx.sip.effects import SetLine
from pbx.sip.message import Request
from pbx.sip.notify.line import LineDialog
from tests.sip.notify.conftest import DIRECTORY, Site

pytestmark = pytest.mark.requirement("REG-06")
LISTS = ("Supported", "timer, eventlist")
BUTTONS = tuple(str(2000 + n) for n in range(50))
WIDE = replace(DIRECTORY, lines=DIRECTORY.lines | set(BUTTONS), lists={"all": BUTTONS})


def line(extension: str, *names: str) -> SetLine:
    dialogs = tuple(LineDialog(id=name, state="early", direction="recipient") for name in names)
    return SetLine(tenant="acme", extension=extension, dialogs=dialogs)


def told(notify: Request) -> tuple[str, dict[str, str]]:
    """Return `version full` of the list, and `version states` of each member that is in it."""
    text = notify.body.decode()
    found = re.search(r'<list [^>]* version="(\d+)" fullState="(\w+)"', text)
    assert found is not None
    inner = {}
    for part in text.split("<dialog-info ")[1:]:
        version, member = re.findall(r'version="(\d+)"|entity="sip:(\d+)@', part)
        states = re.findall(r"<state>(\w+)</state>", part)
        inner[member[1]] = " ".join([version[0], *states])
    return f"{found[1]} {found[2]}", inner


@pytest.mark.rfc("4662", "5.5")
def test_the_first_notify_as_text(site: Site) -> None:
    granted = site.subscribe("sip:team@acme.test", "dialog", LISTS)
    assert (granted.status, granted.headers.get("Require")) == (200, "eventlist")
    (notify,) = site.take()
    assert notify.headers.get("Require") == "eventlist"
    content_type = notify.headers.get("Content-Type") or ""
    mark = content_type.rpartition('boundary="')[2].rstrip('"')
    assert content_type == (
        f'multipart/related;type="application/rlmi+xml";start="<list.{mark}>";boundary="{mark}"'
    )
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n'
    lines = [f"--{mark}", "Content-Transfer-Encoding: binary", f"Content-ID: <list.{mark}>"]
    lines += ['Content-Type: application/rlmi+xml;charset="UTF-8"', ""]
    listed = "".join(
        f'<resource uri="sip:{member}@acme.test">'
        f'<instance id="0" state="active" cid="{n}.{mark}" /></resource>'
        for n, member in enumerate(("1002", "1003"))
    )
    rlmi = (
        f'{xml}<list xmlns="urn:ietf:params:xml:ns:rlmi" uri="sip:team@acme.test" version="0" '
        f'fullState="true">{listed}</list>'
    )
    lines += [rlmi, ""]
    for n, member in enumerate(("1002", "1003")):
        lines += [f"--{mark}", "Content-Transfer-Encoding: binary", f"Content-ID: <{n}.{mark}>"]
        lines += ["Content-Type: application/dialog-info+xml", ""]
        lines += [
            f'{xml}<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="0" state="full" '
            f'entity="sip:{member}@acme.test" />',
            "",
        ]
    lines += [f"--{mark}--", ""]
    assert notify.body.decode().replace("\r\n", "\n") == "\n".join(lines)


@pytest.mark.rfc("4662", "5.2")
def test_only_what_changed_follows_and_a_refresh_tells_all(site: Site) -> None:
    granted = site.subscribe("sip:team@acme.test", "dialog", LISTS)
    site.order(line("1003", "a"), line("1003", "a"), line("1003"), line("1001", "b"))
    site.again(granted)
    assert [told(notify) for notify in site.take()] == [
        ("0 true", {"1002": "0", "1003": "0"}),
        ("1 false", {"1003": "1 early"}),
        ("2 false", {"1003": "2 terminated"}),
        ("3 true", {"1002": "1", "1003": "3"}),
    ]


@pytest.mark.rfc("4662", "4.6")
def test_fifty_buttons_in_one_subscription_are_batched() -> None:
    site = Site(WIDE)
    assert site.subscribe("sip:all@acme.test", "dialog", LISTS).status == 200
    (first,) = site.take()
    assert len(told(first)[1]) == 50
    assert len(bytes(first)) < 65_000
    for _ in range(3):
        site.order(*(line(button, "a") for button in BUTTONS), *(line(button) for button in BUTTONS))
    site.order(line(BUTTONS[7], "z"))
    site.pass_time(10.0)
    notifies = site.take()
    assert len(notifies) <= 10
    assert [told(notify)[0] for notify in notifies] == [f"{n + 1} false" for n in range(len(notifies))]
    shown: dict[str, str] = {}
    for notify in notifies:
        shown |= told(notify)[1]
    busy = [button for button, states in shown.items() if states.endswith("early")]
    assert busy == [BUTTONS[7]]


@pytest.mark.rfc("4662", "4.2")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ((), 421),
        ((("Supported", "timer"),), 421),
        ((LISTS, ("Accept", "application/dialog-info+xml")), 406),
        ((LISTS, ("Accept", "application/dialog-info+xml, multipart/related, application/rlmi+xml")), 200),
        ((LISTS, ("Require", "eventlist")), 200),
    ],
)
def test_a_telephone_must_know_lists(site: Site, fields: tuple[tuple[str, str], ...], status: int) -> None:
    response = site.subscribe("sip:team@acme.test", "dialog", *fields)
    assert response.status == status
    assert (response.headers.get("Require") == "eventlist") is (status != 406)


def test_a_list_does_not_open_what_its_members_hide(site: Site) -> None:
    assert site.subscribe("sip:team@acme.test", "reg", LISTS).status == 403


def test_a_changed_list_is_subscribed_anew(site: Site) -> None:
    site.subscribe("sip:team@acme.test", "dialog", LISTS)
    site.take()
    site.swap(replace(DIRECTORY, lists={"team": ("1003",)}))
    assert site.states() == ["terminated;reason=deactivated"]


def test_presence_lists_are_lists_too(site: Site) -> None:
    site.subscribe("sip:team@acme.test", "presence", LISTS)
    assert site.take()[0].body.count(b"<basic>closed</basic>") == 2
