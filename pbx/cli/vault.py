"""The running vault, asked on behalf of the person at the keyboard."""

import os
from contextlib import closing
from typing import TypeVar

from pbx.cli.output import Refusal
from pbx.config.places import Places
from pbx.core.io.peer import user_name
from pbx.core.secret import Secret
from pbx.recording.effects import FinishedRecording
from pbx.recording.io.vault_client import VaultClient
from pbx.recording.vault_messages import AskUnwrap, RefusalReason, Refused

AnswerT = TypeVar("AnswerT")
_WORDS: dict[RefusalReason, str] = {
    "audit_unavailable": "the vault cannot write its audit log, so it gives no key",
    "bad_request": "the vault refuses the request (is the purpose longer than 128 characters?)",
    "bad_header": "the recording's key header is damaged",
    "other_recording": "the key header belongs to another recording: somebody has swapped it",
    "not_a_recipient": "the recording is not encrypted to a key of this vault",
    "keys_unavailable": "the vault cannot read its keys or have a new one wrapped: see var/log/vault.log",
    "not_consistent": "the audit log does not continue what was signed: see `pbx audit verify`",
}


def vault(places: Places) -> closing[VaultClient]:
    """A connection to the vault of a running PBX, for one `with`."""
    return closing(VaultClient(places.vault_socket))


def answered(reply: AnswerT | Refused) -> AnswerT:
    """Return the answer, or raise the vault's refusal in words."""
    if isinstance(reply, Refused):
        raise Refusal(_WORDS[reply.reason])
    return reply


def actor() -> str:
    """The operating system's user, who stands in the audit line; not what an environment claims."""
    return user_name(os.getuid())


async def file_key(client: VaultClient, row: FinishedRecording, purpose: str) -> Secret[bytes]:
    """Return the key of one recording; who asked and why is on the record by then."""
    request = AskUnwrap(
        recording=row.recording, header=row.header, actor=actor(), purpose=purpose, tenant=row.tenant
    )
    return answered(await client.unwrap(request)).key
