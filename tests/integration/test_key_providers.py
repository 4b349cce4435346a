"""Keys wrapped by a real PKCS#11 module and by a real HTTP server that speaks as KMS does."""

import json
import socket
import ssl
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, ObjectClass, TokenFlag

from pbx.core.errors import StorageError
from pbx.core.ids import SeededIds
from pbx.core.secret import Secret
from pbx.recording.age import generate_identity
from pbx.recording.envelope import KeyContext, parse_envelope
from pbx.recording.io import kms_provider
from pbx.recording.io.key_provider import KeyProvider, LocalFiles, Providers, WrappingSettings, load_wrapping
from pbx.recording.io.kms_provider import KmsProvider
from pbx.recording.io.pkcs11_provider import Pkcs11Provider, is_last_try
from pbx.recording.io.vault_client import ANSWER_TIMEOUT_S
from tests.authority import Authority
from tests.integration.wrapping import MODULE, PIN, TOKEN, Hsm, Kms

KEY = Secret(generate_identity(SeededIds("wrapped")).text().reveal().encode())
ACME = KeyContext(purpose="identity", tenant="acme", epoch=2)
OTHERS = (
    replace(ACME, tenant="globex"),
    replace(ACME, epoch=3),
    KeyContext(purpose="signing"),
)


@pytest.fixture(params=["kms", "pkcs11"])
def provider(request: pytest.FixtureRequest) -> KeyProvider:
    """One of each, with a key."""
    if request.param == "kms":
        kms: Kms = request.getfixturevalue("kms")
        return KmsProvider(kms.settings(kms.arn))
    hsm: Hsm = request.getfixturevalue("hsm")
    made = Pkcs11Provider(hsm.settings("kek"))
    made.make()
    return made


def flipped(octets: bytes, field: str, bit: int) -> bytes:
    """The file with one bit of a field changed."""
    read = json.loads(octets)
    value = bytearray(b64decode(read[field]))
    value[bit // 8] ^= 1 << bit % 8
    return json.dumps(read | {field: b64encode(value).decode()}).encode()


@pytest.mark.requirement("E-07")
def test_a_key_comes_back_and_is_not_in_the_file(provider: KeyProvider) -> None:
    octets, again = provider.wrap(KEY, ACME), provider.wrap(KEY, ACME)
    provider.close()
    assert provider.unwrap(octets, ACME) == KEY
    assert parse_envelope(octets).kek == provider.kek()
    assert KEY.reveal() not in octets and octets != again
    assert "SECRET" not in repr(vars(provider))
    provider.close()


@pytest.mark.requirement("E-10")
@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_it_is_wrapped_for_one_context_only(provider: KeyProvider, other: KeyContext) -> None:
    octets = provider.wrap(KEY, ACME)
    with pytest.raises(
        StorageError, match=f"the key of {other} does not open .* put the file back"
    ) as caught:
        provider.unwrap(octets, other)
    assert not caught.value.retryable
    provider.close()


@pytest.mark.requirement("E-04")
def test_no_bit_may_change(provider: KeyProvider) -> None:
    octets = provider.wrap(KEY, ACME)
    envelope = parse_envelope(octets)
    rare = 1 if provider.name == "pkcs11" else 29  # a question to the server each
    # Moto has the key's name in front of a data key, and breaks when that is changed.
    for field, first in (("nonce", 0), ("sealed", 0), ("data_key", 8 * 36)):
        for bit in range(first, 8 * len(getattr(envelope, field)), rare):
            with pytest.raises(StorageError, match="acme@2 does not open"):
                provider.unwrap(flipped(octets, field, bit), ACME)
    assert provider.unwrap(octets, ACME) == KEY
    provider.close()


def test_a_damaged_file_is_named(provider: KeyProvider) -> None:
    with pytest.raises(StorageError, match="the key of acme@2 is damaged .*: put the file back"):
        provider.unwrap(provider.wrap(KEY, ACME)[:-9], ACME)
    provider.close()


def test_a_file_without_a_wrap_is_the_key_as_it_always_was() -> None:
    assert LocalFiles().wrap(KEY, ACME) == KEY.reveal() + b"\n"
    assert LocalFiles().unwrap(KEY.reveal() + b"\n", ACME) == KEY


def test_settings_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "wrapping.json"
    file.write_text('{"provider": "local"}')
    assert load_wrapping(file) == WrappingSettings()
    file.write_text('{"provider": "nobody"}')
    with pytest.raises(StorageError, match=r"wrapping.json does not say who wraps"):
        load_wrapping(file)
    with pytest.raises(StorageError, match=r"recording\.vault\.kms has to say how"):
        Providers(WrappingSettings(provider="kms")).chosen()


# KMS


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


def test_a_kms_that_is_away_is_asked_once_in_a_while(kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(kms_provider, "monotonic", lambda: now[0])
    provider = KmsProvider(kms.settings("alias/x", endpoint=closed_port()))

    def why() -> str:
        with pytest.raises(StorageError) as caught:
            provider.kek()
        assert caught.value.retryable
        return str(caught.value)

    assert "does not answer (EndpointConnectionError): check network, endpoint and region" in why()
    now[0] += kms_provider.ASK_AGAIN_S - 0.1
    assert "it did not answer just now" in why()
    now[0] += 0.1
    assert "EndpointConnectionError" in why()


@pytest.mark.requirement("E-16")
def test_a_server_that_nobody_knows_is_not_kms(kms: Kms, tmp_path: Path) -> None:
    pair = Authority(tmp_path).issue("kms")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.chain, pair.key)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with pytest.raises(ssl.SSLError), listening.accept()[0] as one:
                context.wrap_socket(one, server_side=True)

        server = threading.Thread(target=serve)
        server.start()
        provider = KmsProvider(
            kms.settings("alias/x", endpoint=f"https://127.0.0.1:{listening.getsockname()[1]}")
        )
        with pytest.raises(StorageError, match=r"does not answer \(SSLError\)"):
            provider.kek()
        server.join()


def test_the_environment_names_no_endpoint(kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", kms.endpoint)
    amazon = KmsProvider(replace(kms.settings(kms.arn), endpoint=None, region="nowhere-1"))
    with pytest.raises(StorageError, match=r"KMS \(region nowhere-1\) does not answer"):
        amazon.kek()


def test_who_asks_the_vault_waits_longer_than_the_vault_for_kms() -> None:
    assert kms_provider.CONNECT_TIMEOUT_S + kms_provider.READ_TIMEOUT_S < ANSWER_TIMEOUT_S


def test_what_kms_refuses_has_its_remedy(kms: Kms, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"NotFoundException \(name a key of this account and region"):
        KmsProvider(kms.settings("alias/nobody")).kek()
    disabled = kms.key()
    kms.client.disable_key(KeyId=disabled.rpartition("/")[2])
    with pytest.raises(StorageError, match=r"KMSInvalidStateException \(enable it") as caught:
        KmsProvider(kms.settings(disabled)).kek()
    assert not caught.value.retryable
    without = replace(kms.settings("alias/x"), secret_key_file=tmp_path / "gone")
    with pytest.raises(StorageError, match="gone: cannot be read"):
        KmsProvider(without).kek()


def test_a_machine_without_a_role_is_told(kms: Kms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    nobody = replace(kms.settings("alias/x"), access_key_file=None, secret_key_file=None)
    with pytest.raises(StorageError, match="no credentials for KMS: .* give the machine a role"):
        KmsProvider(nobody).kek()


def test_an_alias_is_the_key_behind_it(kms: Kms) -> None:
    arn = kms.key()
    kms.client.create_alias(AliasName="alias/behind", TargetKeyId=arn)
    provider = KmsProvider(kms.settings("alias/behind"))
    octets = provider.wrap(KEY, ACME)
    assert parse_envelope(octets).kek == arn
    assert KmsProvider(kms.settings(arn)).unwrap(octets, ACME) == KEY
    with pytest.raises(StorageError):
        KmsProvider(kms.settings(kms.arn)).unwrap(octets, ACME)


# PKCS#11


def in_token(work: Callable[[Any], object]) -> None:
    token = pkcs11.lib(str(MODULE)).get_token(token_label=TOKEN)
    with token.open(rw=True, user_pin=PIN) as session:
        work(session)


def test_the_key_is_made_once_and_cannot_leave(hsm: Hsm) -> None:
    provider = Pkcs11Provider(hsm.settings("made"))
    with pytest.raises(StorageError, match="is not there: `pbx keys wrap --make-kek` makes it"):
        provider.kek()
    provider.close()
    assert provider.make()
    octets = provider.wrap(KEY, ACME)
    assert not provider.make()
    assert provider.unwrap(octets, ACME) == KEY
    provider.close()

    def look(session: Any) -> None:
        key = session.get_key(object_class=ObjectClass.SECRET_KEY, label="made")
        assert (key.key_length, key[Attribute.NEVER_EXTRACTABLE], key[Attribute.ALWAYS_SENSITIVE]) == (
            256,
            True,
            True,
        )
        with pytest.raises(pkcs11.PKCS11Error):
            key[Attribute.VALUE]

    in_token(look)


@pytest.mark.parametrize(
    ("label", "bits", "template", "problem"),
    [
        ("loose", 256, {Attribute.EXTRACTABLE: True}, "may leave the token"),
        ("open", 256, {Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: False}, "may leave the token"),
        ("short", 128, {Attribute.EXTRACTABLE: False}, "is no AES key of 256 bits"),
        ("one way", 256, {Attribute.EXTRACTABLE: False, Attribute.DECRYPT: False}, "may not encrypt and dec"),
    ],
)
def test_a_key_that_protects_nothing_is_refused(
    hsm: Hsm, label: str, bits: int, template: dict[Attribute, bool], problem: str
) -> None:
    in_token(lambda s: s.generate_key(KeyType.AES, bits, label=label, id=b"1", store=True, template=template))
    provider = Pkcs11Provider(hsm.settings(label))
    with pytest.raises(StorageError, match=f"the key {label} of the token {TOKEN} {problem}"):
        provider.kek()
    provider.close()


def test_a_pin_is_not_tried_when_it_may_lock_the_token() -> None:
    started = TokenFlag.LOGIN_REQUIRED | TokenFlag.USER_PIN_INITIALIZED
    assert not is_last_try(started)
    assert not is_last_try(started | TokenFlag.USER_PIN_COUNT_LOW)
    assert is_last_try(started | TokenFlag.USER_PIN_COUNT_LOW | TokenFlag.USER_PIN_FINAL_TRY)
    assert is_last_try(started | TokenFlag.USER_PIN_LOCKED)


def test_two_keys_of_one_label_are_refused(hsm: Hsm) -> None:
    for _ in range(2):
        in_token(lambda session: session.generate_key(KeyType.AES, 256, label="twin", store=True))
    provider = Pkcs11Provider(hsm.settings("twin"))
    with pytest.raises(StorageError, match="is there twice"):
        provider.kek()
    provider.close()


def test_what_is_wrong_with_the_token_is_said(hsm: Hsm, tmp_path: Path) -> None:
    right = hsm.settings("kek")
    wrong = {
        "refuses the PIN of .*pin-1111: correct it before the token locks": hsm.settings("kek", pin="1111"),
        "the token nobody is not there": hsm.settings("kek", token="nobody"),
        "nowhere.so: cannot open shared object": replace(right, module=tmp_path / "nowhere.so"),
        "pin: cannot be read": replace(right, pin_file=tmp_path / "pin"),
    }
    for problem, settings in wrong.items():
        with pytest.raises(StorageError, match=problem) as caught:
            Pkcs11Provider(settings).kek()
        assert "1111\n" not in str(caught.value)
        assert caught.value.retryable is ("nowhere.so" in problem), "a wrong PIN is tried once"
