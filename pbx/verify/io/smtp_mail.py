"""A mail by a relay: SMTP in a thread with one deadline, and not a word before TLS (RFC 3207, RFC 8314)."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Literal

from pbx.core.errors import TransportError
from pbx.core.secret import Secret
from pbx.verify.one_time_code import CodeText

# Of their own: a relay that hangs must not keep others from their threads. Who waits for one has a deadline.
_THREADS = ThreadPoolExecutor(4, thread_name_prefix="pbx-mail")
Tls = Literal["required", "implicit", "off"]  # off = the configuration allows it on loopback only


class SmtpMail:
    """One relay; `account` is a user and his password."""

    def __init__(
        self,
        relay: tuple[str, int],
        sender: str,
        tls: Tls,
        *,
        account: tuple[str, Secret[str]] | None = None,
        timeout_s: float = 5.0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._relay, self._sender, self._tls, self._account = relay, sender, tls, account
        self._timeout_s = timeout_s
        self._context = context or ssl.create_default_context()

    async def send(self, to: Secret[str], text: CodeText) -> None:
        """Return when the relay has taken it; TransportError, without address and text, if it has not."""
        failure = await self._failure(self._message(to, text))
        if failure:  # raised here: what the library says, with the address in it, hangs on no error of ours
            raise TransportError(f"{self._relay[0]}: {failure}")

    async def _failure(self, message: EmailMessage) -> str:
        """Deliver; return what kept it from that, "" = nothing."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await asyncio.get_running_loop().run_in_executor(_THREADS, self._deliver, message)
        except TimeoutError:
            return f"no answer in {self._timeout_s:g} s"
        except smtplib.SMTPResponseException as error:
            return f"answered {error.smtp_code}"
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return type(error).__name__
        return ""

    def _deliver(self, message: EmailMessage) -> None:
        (host, port), within_s = self._relay, self._timeout_s
        if self._tls == "implicit":
            opened: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=within_s, context=self._context)
        else:
            opened = smtplib.SMTP(host, port, timeout=within_s)
        with opened as relay:
            if self._tls == "required":
                relay.starttls(context=self._context)  # raises where the relay does not offer it
            if self._account is not None:
                user, password = self._account
                relay.login(user, password.reveal())
            relay.send_message(message)

    def _message(self, to: Secret[str], text: CodeText) -> EmailMessage:
        message = EmailMessage()
        message["From"] = Address(addr_spec=self._sender)
        message["To"] = Address(addr_spec=to.reveal())
        message["Subject"] = text.subject
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: nobody's absence is answered to us
        message.set_content(text.text.reveal())
        return message
