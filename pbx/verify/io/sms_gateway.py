"""A text message by somebody's HTTP gateway: one POST, one answer, one deadline, no redirection."""

import json
import ssl
from collections.abc import Callable, Mapping

from pbx.core.secret import Secret
from pbx.lifecycle.io.webhook_post import WebhookPost
from pbx.recording.webhook_url import parse_webhook_url
from pbx.verify.one_time_code import CodeText

NUMBER, TEXT = "{number}", "{text}"


class SmsGateway:
    """`body` is the JSON object that is posted, with places for number and text in its values."""

    def __init__(
        self,
        url: str,
        body: Mapping[str, str],
        *,
        headers: Mapping[str, str],
        is_allowed: Callable[[str], bool],
        timeout_s: float,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._body, self._headers = dict(body), dict(headers)
        self._post = WebhookPost(parse_webhook_url(url), is_allowed, context=context, deadline_s=timeout_s)

    async def send(self, to: Secret[str], text: CodeText) -> None:
        """Return when the gateway has taken it; TransportError, without number and text, if it has not."""
        # One place after the other would let a text with {number} in it be filled again.
        filled = {name: _filled(value, to, text) for name, value in self._body.items()}
        await self._post.post(self._headers, json.dumps(filled).encode())


def _filled(template: str, to: Secret[str], text: CodeText) -> str:
    return text.text.reveal().join(part.replace(NUMBER, to.reveal()) for part in template.split(TEXT))
