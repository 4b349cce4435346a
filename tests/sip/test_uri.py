"""SIP and tel URIs."""

import pytest

from pbx.core.errors import ParseError
from pbx.sip.uri import MAX_URI, SipUri, equivalent, parse_uri


@pytest.mark.rfc("3261", "19.1.3")
@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:alice@atlanta.com", SipUri("sip", "alice", "atlanta.com")),
        (
            "sip:alice:secretword@atlanta.com;transport=tcp",
            SipUri("sip", "alice", "atlanta.com", None, (("transport", "tcp"),), (), "secretword"),
        ),
        (
            "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
            SipUri(
                "sips", "alice", "atlanta.com", None, (), (("subject", "project%20x"), ("priority", "urgent"))
            ),
        ),
        (
            "sip:+1-212-555-1212:1234@gateway.com;user=phone",
            SipUri("sip", "+1-212-555-1212", "gateway.com", None, (("user", "phone"),), (), "1234"),
        ),
        (
            "sip:atlanta.com;method=REGISTER",
            SipUri("sip", "", "atlanta.com", None, (("method", "REGISTER"),)),
        ),
        ("sip:alice;day=tuesday@atlanta.com", SipUri("sip", "alice;day=tuesday", "atlanta.com")),
        ("sip:1001@[2001:db8::1]:5070;lr", SipUri("sip", "1001", "2001:db8::1", 5070, (("lr", None),))),
        ("sip:192.0.2.4:5060", SipUri("sip", "", "192.0.2.4", 5060)),
        ("sip:j%40s0n@example.com", SipUri("sip", "j@s0n", "example.com")),
        ("sip:%C3%BC%20x@example.com", SipUri("sip", "ü x", "example.com")),
    ],
)
def test_parse_and_format(text: str, uri: SipUri) -> None:
    assert parse_uri(text) == uri
    assert str(uri) == text
    assert hash(uri) == hash(parse_uri(text))


def test_escapes_that_are_not_needed_go() -> None:
    assert str(parse_uri("SIP:%61lice@h")) == "sip:alice@h"


def test_star_codes_are_escaped_on_the_way_out() -> None:
    assert parse_uri("sip:*21#@h").user == "*21#"
    assert str(SipUri("sip", "*21#", "h")) == "sip:*21%23@h"


@pytest.mark.parametrize("user", ['"', "<a>", "a@b", "a:b", "a b", "100%", "\u202e", "é", "a?b;c=d&e,f/g"])
def test_any_user_survives_the_wire(user: str) -> None:
    text = str(SipUri("sip", user, "h"))
    assert text.isascii()
    assert not set('<>" \r\n') & set(text)
    assert parse_uri(text).user == user


@pytest.mark.rfc("3966", "5.1.1")
def test_tel() -> None:
    uri = parse_uri("tel:+44-(0)20.7946-0000;phone-context=example.com")
    assert (uri.scheme, uri.user, uri.host) == ("tel", "+4402079460000", "")
    assert uri.param("Phone-Context") == "example.com"
    assert str(uri) == "tel:+4402079460000;phone-context=example.com"


@pytest.mark.parametrize(
    "text", ["http://example.com", "mailto:a@b", "soap.beep://h", "nobodyKnowsThisScheme:x"]
)
@pytest.mark.rfc("3261", "8.2.2.1")
def test_foreign_schemes_get_416(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri(text)
    assert caught.value.status == 416


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sip",
        "sip:",
        "sip:@h",
        "sip:a@",
        "sip:a@h:",
        "sip:a@h:0",
        "sip:a@h:65536",
        "sip:a@h;",
        "sip:a@h;=x",
        "sip:a@h;lr;LR",
        "sip:a@h?",
        "sip:a@h?x",
        "sip:a@h?x=1?y=2",
        "sip:a b@h",
        "sip:a%4@h",
        "sip:a%zz@h",
        "sip:%FF@h",
        "sip:a@[::1",
        "sip:a@::1",
        "sip:a@h@i",
        "sip:a<b>@h",
        "sip:ü@h",
        "sip:a@h\r\n",
        "tel:",
        "tel:+",
        "tel:()",
        "tel:call-me",
        "tel:1;",
    ],
)
def test_malformed(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri(text)
    assert caught.value.status in (400, 416) if text == "" else caught.value.status == 400


@pytest.mark.rfc("4475", "3.1.1.4")
@pytest.mark.parametrize("text", ["sip:a%00b@h", "sip:a%0D%0Ab@h", "sip:a%7F@h", "sip:a:%1B@h"])
def test_escaped_control_characters_name_nobody(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri(text)
    assert caught.value.status == 404


@pytest.mark.rfc("5118", "4")
@pytest.mark.parametrize("host", ["[::1::2]", "[2001:db8:::10]", "[1.2.3.4]", "[:::]", "[1:2:3:4:5:6:7:8:9]"])
def test_brackets_hold_an_ipv6_address(host: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_uri(f"sip:a@{host}")
    assert caught.value.status == 400


def test_length_at_the_limit() -> None:
    head = "sip:@h"
    user = "a" * (MAX_URI - len(head))
    assert parse_uri(f"sip:{user}@h").user == user
    with pytest.raises(ParseError):
        parse_uri(f"sip:{user}a@h")


def test_parameters() -> None:
    uri = parse_uri("sip:h;Transport=TCP;lr")
    assert uri.transport == "tcp"
    assert uri.param("lr") == ""
    assert uri.param("ob") is None
    assert parse_uri("sip:h").transport is None


def test_repr_hides_the_user() -> None:
    assert "2079460000" not in repr(parse_uri("tel:+442079460000"))
    assert "secretword" not in repr(parse_uri("sip:alice:secretword@h"))


@pytest.mark.rfc("3261", "19.1.4")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
        (
            "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
            "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
        ),
        (
            "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
            "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
        ),
    ],
)
def test_equivalent(one: str, other: str) -> None:
    assert equivalent(parse_uri(one), parse_uri(other))
    assert equivalent(parse_uri(other), parse_uri(one))


@pytest.mark.rfc("3261", "19.1.4")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:a@h", "sips:a@h"),
        ("sip:a@h", "sip:a:b@h"),
        ("sip:a@h", "sip:a@h;maddr=192.0.2.1"),
    ],
)
def test_not_equivalent(one: str, other: str) -> None:
    assert not equivalent(parse_uri(one), parse_uri(other))
    assert not equivalent(parse_uri(other), parse_uri(one))
