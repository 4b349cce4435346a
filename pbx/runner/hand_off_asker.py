"""Asks programs of a tenant what is to follow in a flow; both sides sign what they say."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass

from pbx.call.effects import ConsultProgram
from pbx.config.handed_answer import handed_answer
from pbx.core.errors import TransportError
from pbx.core.io.clock import utc_now
from pbx.core.io.entropy import SystemIds
from pbx.ivr.hand_off import HandOff
from pbx.ivr.placeholders import OF_CALL
from pbx.ivr.program_steps import ProgramAnswer
from pbx.recording.webhook_signature import is_signed
from pbx.runner.http_asker import Server, document_of, post_or_get


@dataclass(slots=True)
class HandOffAsker:
    """Of one tenant; `servers` by name."""

    servers: Mapping[str, Server]

    async def ask(self, asked: ConsultProgram) -> ProgramAnswer:
        """Return what a program hands over; TransportError or TimeoutError when it says nothing."""
        step = asked.of
        assert isinstance(step, HandOff), "the desk goes by the kind of a step"
        server = self.servers.get(step.server)
        if server is None:
            raise TransportError(f"there is no server {step.server} any more")
        question = SystemIds().octets(16).hex()
        async with asyncio.timeout(server.timeout_s):
            answer = await post_or_get(server, step.path, _body(asked, step), question)
        if answer.status != 200:
            raise TransportError(f"the answer is {answer.status}")
        if not is_signed(server.keys, answer.headers, answer.body, question, utc_now()):
            raise TransportError("the answer is not signed, or not for this question")
        document_of(answer.body)  # YAML would take more
        return handed_answer(answer.body, step, asked.step.partition(".")[2])

    async def close(self) -> None:
        """Nothing stays open."""


def _body(asked: ConsultProgram, step: HandOff) -> bytes:
    values = {name: text.reveal() for name, text in asked.values.items()}
    about = {name: values[name] for name in OF_CALL if name in values}
    entered = {name: values.get(name, "") for name in step.needs}
    return json.dumps({**about, "step": asked.step, "entered": entered}).encode()
