"""Digest authentication, both sides, against the vectors of RFC 7616 §3.9.1."""

import time

import pytest

from pbx.core.errors import ParseError
from pbx.core.secret import Secret
from pbx.sip.digest import (
    MAX_DIGEST_PARAMS,
    Authorization,
    NonceKeeper,
    answer_challenge,
    cached_ha1,
    challenges,
    ha1,
    parse_authorization,
    parse_challenge,
    response,
    verify,
)
from pbx.sip.effects import DigestCredentials

REALM = "http-auth@example.org"
NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
PASSWORD = Secret("Circle of Life")
VECTORS = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}
MUFASA = DigestCredentials(username="Mufasa", password=PASSWORD, realm=REALM)
BOTH = [
    f'Digest realm="{REALM}", qop="auth, auth-int", algorithm={name}, nonce="{NONCE}", opaque="FQhe/qaU"'
    for name in ("MD5", "SHA-256")
]


def answer(*values: str, credentials: DigestCredentials = MUFASA) -> str | None:
    return answer_challenge(values, "GET", "/dir/index.html", credentials, cnonce=CNONCE, nc=1)


def authorization(algorithm: str = "SHA-256", **changed: str) -> Authorization:
    fields = {
        "username": '"Mufasa"',
        "realm": f'"{REALM}"',
        "uri": '"/dir/index.html"',
        "algorithm": algorithm,
        "nonce": f'"{NONCE}"',
        "nc": "00000001",
        "cnonce": f'"{CNONCE}"',
        "qop": "auth",
        "response": f'"{VECTORS.get(algorithm, "0" * 64)}"',
    } | changed
    return parse_authorization("Digest " + ", ".join(f"{k}={v}" for k, v in fields.items() if v))


def lookup(username: str, algorithm: str) -> str | None:
    return ha1(username, REALM, PASSWORD, algorithm) if username == "Mufasa" else None


@pytest.mark.rfc("7616", "3.9.1")
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_vectors(algorithm: str) -> None:
    computed = response(
        ha1=ha1("Mufasa", REALM, PASSWORD, algorithm),
        method="GET",
        uri="/dir/index.html",
        nonce=NONCE,
        algorithm=algorithm,
        nonce_count=1,
        cnonce=CNONCE,
        qop="auth",
    )
    assert computed == VECTORS[algorithm]
    assert verify(authorization(algorithm), "GET", lookup)


@pytest.mark.rfc("2617", "3.2.2.1")
def test_a_server_without_qop_gets_the_old_response() -> None:
    computed = response(
        ha1="939e7578ed9e3c518a452acee763bce9",
        method="GET",
        uri="/dir/index.html",
        nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
        algorithm="MD5",
        nonce_count=1,
        cnonce="",
        qop="",
    )
    assert computed == "670fd8c2df070c60b045671b8b24ff02"
    value = answer(f'Digest realm="{REALM}", nonce="n"')
    assert value is not None
    assert "qop" not in value
    assert "cnonce" not in value


@pytest.mark.rfc("8760", "2.4")
def test_the_client_takes_the_best_challenge() -> None:
    assert answer(*BOTH) == (
        f'Digest username="Mufasa", realm="{REALM}", nonce="{NONCE}", uri="/dir/index.html", '
        f'response="{VECTORS["SHA-256"]}", algorithm=SHA-256, cnonce="{CNONCE}", qop=auth, nc=00000001, '
        'opaque="FQhe/qaU"'
    )
    md5 = answer(BOTH[0])
    assert md5 is not None
    assert VECTORS["MD5"] in md5


@pytest.mark.parametrize(
    "value",
    [
        'Basic realm="x"',
        "Digest rubbish",
        f'Digest realm="{REALM}"',
        f'Digest realm="{REALM}", nonce="n", algorithm=SHA-512-256',
        f'Digest realm="{REALM}", nonce="n", algorithm=MD5-sess',
        f'Digest realm="{REALM}", nonce="n", qop="auth-int"',
        'Digest realm="phish.example.net", nonce="n", qop="auth"',
    ],
)
def test_challenges_that_the_client_does_not_answer(value: str) -> None:
    assert answer(value) is None
    assert answer(value, BOTH[0]) == answer(BOTH[0])


def test_credentials_without_realm_answer_any_realm() -> None:
    anywhere = DigestCredentials(username="Mufasa", password=PASSWORD)
    value = answer('Digest realm="other", nonce="n", qop="auth"', credentials=anywhere)
    assert value is not None
    assert parse_authorization(value).realm == "other"


@pytest.mark.rfc("8760", "2.3")
def test_server_challenges() -> None:
    assert challenges("pbx.example.com", "abc", stale=False) == [
        'Digest realm="pbx.example.com", nonce="abc", algorithm=SHA-256, qop="auth"',
        'Digest realm="pbx.example.com", nonce="abc", algorithm=MD5, qop="auth"',
    ]
    stale = [parse_challenge(value) for value in challenges("r", "abc", stale=True)]
    assert [(one.algorithm, one.stale, one.qop) for one in stale] == [
        ("SHA-256", True, ("auth",)),
        ("MD5", True, ("auth",)),
    ]


def test_client_and_server_agree() -> None:
    keeper = NonceKeeper(b"key")
    nonce = keeper.issue("192.0.2.1", 10)
    value = answer(*challenges(REALM, nonce, stale=False))
    assert value is not None
    parsed = parse_authorization(value)
    assert keeper.check(parsed.nonce, "192.0.2.1", 10) == "good"
    assert verify(parsed, "GET", lookup)
    assert keeper.accept_count(parsed.nonce, parsed.nonce_count)
    assert not keeper.accept_count(parsed.nonce, parsed.nonce_count)


@pytest.mark.parametrize(
    "changed",
    [
        {"username": '"Scar"'},
        {"uri": '"/other"'},
        {"nonce": '"other"'},
        {"nc": "00000002"},
        {"cnonce": '"other"'},
        {"algorithm": "MD5", "response": VECTORS["SHA-256"]},
        {"algorithm": "SHA-256-sess", "response": VECTORS["SHA-256"]},
        {"algorithm": "NONE", "response": VECTORS["SHA-256"]},
        {"qop": "auth-int"},
        {"response": '"' + "0" * 64 + '"'},
        {"qop": "", "nc": "", "cnonce": ""},
    ],
)
def test_a_change_of_any_input_fails(changed: dict[str, str]) -> None:
    assert not verify(authorization(**changed), "GET", lookup)


def test_another_method_fails() -> None:
    assert not verify(authorization(), "REGISTER", lookup)


def test_an_unknown_user_cannot_pass_with_the_dummy() -> None:
    seen: list[tuple[str, str]] = []

    def nobody(username: str, algorithm: str) -> None:
        seen.append((username, algorithm))

    assert not verify(authorization(), "GET", nobody)
    assert seen == [("Mufasa", "SHA-256")]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Basic QWxhZGRpbjpvcGVu",
        "Digest",
        "Digest ",
        'Digest username="a"',
        'Digest username="a", username="b"',
        'Digest username="a',
        "Digest =x",
        "NoOneKnowsThisScheme opaque-data=here",
    ],
)
@pytest.mark.rfc("4475", "3.3.7")
def test_malformed_authorization(value: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_authorization(value)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"nc": "1"},
        {"nc": "zzzzzzzz"},
        {"nc": ""},
        {"cnonce": ""},
        {"response": '"xyz"'},
        {"response": ""},
        {"uri": ""},
        {"realm": ""},
        {"nonce": ""},
    ],
)
def test_malformed_authorization_fields(changed: dict[str, str]) -> None:
    with pytest.raises(ParseError):
        authorization(**changed)


def test_number_of_parameters_at_the_limit() -> None:
    base = 'Digest realm="r", nonce="n"'
    full = base + "".join(f", x{index}=1" for index in range(MAX_DIGEST_PARAMS - 2))
    assert parse_challenge(full).realm == "r"
    with pytest.raises(ParseError):
        parse_challenge(full + ", more=1")


def test_quotes_in_names_survive() -> None:
    odd = DigestCredentials(username='a"b\\c', password=PASSWORD)
    value = answer('Digest realm="x\\"y", nonce="n", qop=auth, stale=TRUE', credentials=odd)
    assert value is not None
    parsed = parse_authorization(value)
    assert (parsed.username, parsed.realm) == ('a"b\\c', 'x"y')


def test_nothing_secret_in_the_repr() -> None:
    assert VECTORS["SHA-256"] not in repr(authorization())


def test_a_secret_is_hashed_once_and_a_renewed_one_again() -> None:
    secrets = {"alice": Secret("one")}
    look_up = cached_ha1(lambda realm, user: secrets.get(user))
    first = look_up("r", "alice", "MD5")
    assert first == ha1("alice", "r", Secret("one"), "MD5")
    assert look_up("r", "alice", "MD5") is first
    assert look_up("r", "alice", "SHA-256") == ha1("alice", "r", Secret("one"), "SHA-256")
    secrets["alice"] = Secret("two")
    assert look_up("r", "alice", "MD5") == ha1("alice", "r", Secret("two"), "MD5")
    assert look_up("r", "bob", "MD5") is None


@pytest.mark.requirement("S-19")
@pytest.mark.parametrize(
    "text",
    [
        "x" + " " * 8000 + "y",
        "x=y" + "\t" * 8000 + "z",
        "x" * 8000,
        "x " * 4000,
        'x="' * 2600,
        "x=y, " * 1600,
    ],
)
def test_nonsense_of_eight_thousand_octets_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ParseError):
        parse_authorization(f"Digest {text}")
    assert time.process_time() - began < 0.005
