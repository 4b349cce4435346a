"""Real gateways and relays of codes: how they take one, how they fail, and that nothing of it is said."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from pbx.core.errors import TransportError
from pbx.core.secret import Secret
from pbx.verify.io.sms_gateway import SmsGateway
from pbx.verify.io.smtp_mail import SmtpMail, Tls
from pbx.verify.one_time_code import CodeText
from tests.authority import Authority
from tests.integration.mail_relay import mail_relay
from tests.integration.text_gateway import text_gateway

pytestmark = pytest.mark.requirement("V-11")
NUMBER, ADDRESS = Secret("+447700900123"), Secret("ann@example.org")
CODE = "012345"
TEXT = CodeText(subject="Your code", text=Secret(f'{CODE} is "yours", für Grüße: {{number}}'))
PLENTY_S = 30.0  # where it is not the deadline that is looked at
BODY = {"to": "{number}", "text": "{text}", "from": "Acme"}


def gateway_at(
    url: str,
    *,
    context: ssl.SSLContext | None = None,
    is_allowed: Callable[[str], bool] = lambda _: True,
    timeout_s: float = PLENTY_S,
) -> SmsGateway:
    headers = {"Authorization": "Bearer t0ken"}
    return SmsGateway(url, BODY, headers=headers, is_allowed=is_allowed, timeout_s=timeout_s, context=context)


def server_tls(tmp_path: Path, authority: Authority) -> ssl.SSLContext:
    pair = authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.chain, pair.key)
    return context


def silent(error: BaseException, said: str) -> bool:
    """Whether neither code nor contact is in an error, its causes or the log."""
    words = f"{error!r} {error.__cause__!r} {error.__context__!r} {said}"
    return not any(secret in words for secret in (CODE, NUMBER.reveal(), ADDRESS.reveal()))


async def test_a_gateway_takes_a_text_as_it_is() -> None:
    async with text_gateway() as gateway:
        await gateway_at(gateway.url).send(NUMBER, TEXT)
        message = gateway.taken.get_nowait()
    assert message == {"to": NUMBER.reveal(), "text": TEXT.text.reveal(), "from": "Acme"}
    assert "Authorization: Bearer t0ken" in gateway.heads[0]


@pytest.mark.parametrize(
    ("manner", "error"),
    [("500", "answered 500"), ("302", "answered 302"), ("slow", "did not answer in 1 s")],
)
async def test_a_gateway_that_does_not_take_it(
    manner: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A redirection is not followed: the text goes to nobody else."""
    caplog.set_level(logging.DEBUG)
    async with text_gateway() as gateway:
        gateway.manner = manner
        with pytest.raises(TransportError, match=error) as refused:
            await gateway_at(gateway.url, timeout_s=1.0 if manner == "slow" else PLENTY_S).send(NUMBER, TEXT)
        assert len(gateway.heads) == 1
    assert silent(refused.value, caplog.text)


async def test_a_gateway_at_home_is_not_spoken_to() -> None:
    async with text_gateway() as gateway:
        with pytest.raises(TransportError, match="not on the public network"):
            await gateway_at(gateway.url, is_allowed=lambda _: False).send(NUMBER, TEXT)
        assert gateway.heads == []


async def test_a_gateway_proves_who_it_is(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=str(authority.file))
    async with text_gateway(server_tls(tmp_path, authority)) as gateway:
        url = gateway.url.replace("http:", "https:")
        with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
            await gateway_at(url).send(NUMBER, TEXT)
        assert gateway.heads == []
        await gateway_at(url, context=trusted).send(NUMBER, TEXT)
        assert gateway.taken.qsize() == 1


def relay_at(port: int, tls: Tls, context: ssl.SSLContext | None = None) -> SmtpMail:
    account = None if tls == "off" else ("acme", Secret("pa55word"))
    return SmtpMail(
        ("127.0.0.1", port), "calls@acme.example", tls, account=account, context=context, timeout_s=PLENTY_S
    )


async def test_a_relay_on_this_machine_takes_a_mail() -> None:
    with mail_relay() as relay:
        await relay_at(relay.port, "off").send(ADDRESS, TEXT)
    assert "RCPT TO:<ann@example.org>" in relay.said
    [mail] = relay.taken
    assert "Subject: Your code" in mail and "Auto-Submitted: auto-generated" in mail


@pytest.mark.parametrize("tls", ["required", "implicit"])
async def test_a_relay_hears_nothing_before_tls(tmp_path: Path, tls: Tls) -> None:
    authority = Authority(tmp_path)
    trusted = ssl.create_default_context(cafile=str(authority.file))
    context = server_tls(tmp_path, authority)
    with mail_relay(context, implicit=tls == "implicit") as relay:
        with pytest.raises(TransportError, match="SSLCertVerificationError"):
            await relay_at(relay.port, tls).send(ADDRESS, TEXT)
        assert relay.taken == [] and not any("AUTH" in line or "RCPT" in line for line in relay.said)
        await relay_at(relay.port, tls, trusted).send(ADDRESS, TEXT)
    assert len(relay.taken) == 1
    assert all(line.startswith("tls ") for line in relay.said if "AUTH" in line or "RCPT" in line)


async def test_a_relay_without_tls_gets_neither_password_nor_code() -> None:
    with mail_relay() as relay, pytest.raises(TransportError, match="SMTPNotSupportedError"):
        await relay_at(relay.port, "required").send(ADDRESS, TEXT)
    assert relay.taken == [] and not any("AUTH" in line or "RCPT" in line for line in relay.said)


async def test_a_relay_that_names_the_address_is_not_quoted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with mail_relay() as relay:
        relay.refuses = ADDRESS.reveal()
        with pytest.raises(TransportError) as refused:
            await relay_at(relay.port, "off").send(ADDRESS, TEXT)
    assert relay.taken == []
    assert silent(refused.value, caplog.text)


async def test_a_relay_that_is_not_there() -> None:
    with mail_relay() as relay:
        port = relay.port
    with pytest.raises(TransportError, match="127.0.0.1: ConnectionRefusedError"):
        await relay_at(port, "off").send(ADDRESS, TEXT)


async def test_a_relay_that_says_nothing() -> None:
    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    mail = SmtpMail(
        ("127.0.0.1", server.sockets[0].getsockname()[1]), "calls@acme.example", "off", timeout_s=0.5
    )
    with pytest.raises(TransportError, match="no answer in 0.5 s"):
        await mail.send(ADDRESS, TEXT)
    server.close()
