"""Keys of the vault under a key of AWS KMS: a data key for each, wrapped for its context.

That is envelope encryption: the key itself does not go to KMS, and KMS refuses a data key of another context.
"""

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pbx.core.errors import StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.envelope import Envelope, KeyContext, ProviderName
from pbx.recording.io.key_provider import NONCE_BYTES, KmsSettings, does_not_open, envelope_of, secret_of

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

# Together less than the vault's clients wait: a KMS that is away delays them once and fails nothing.
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 1.5, 2.5
ASK_AGAIN_S = (
    10.0  # after it did not answer: the vault answers one question at a time, and others wait meanwhile
)
_LANES = 8  # boto3 keeps ten connections; one after the other, a thousand keys would take a start's time
_NOT_OPENED = ("InvalidCiphertextException", "IncorrectKeyException")
_USABLE = "Enabled"
_REMEDIES = {
    "AccessDeniedException": "allow kms:DescribeKey, kms:GenerateDataKey and kms:Decrypt on it",
    "DisabledException": "enable it",
    "KMSInvalidStateException": "enable it, or cancel its deletion",
    "NotFoundException": "name a key of this account and region in recording.vault.kms",
    "UnrecognizedClientException": "check the credentials of recording.vault.kms",
    "InvalidSignatureException": "check the credentials of recording.vault.kms",
    "InvalidClientTokenId": "check the credentials of recording.vault.kms",
    "ExpiredTokenException": "renew the credentials of recording.vault.kms",
}
_ResultT = TypeVar("_ResultT")


class KmsProvider:
    """One KMS key, safe to use from several threads."""

    name: ProviderName = "kms"
    lanes = _LANES

    def __init__(self, settings: KmsSettings) -> None:
        self._settings = settings
        self._arn = ""
        self._made: KMSClient | None = None
        self._silent_until = 0.0

    def kek(self) -> str:
        """Return the key's ARN; an alias is looked up once."""
        if not self._arn:
            found = self._asked(lambda client: client.describe_key(KeyId=self._settings.key))["KeyMetadata"]
            if found.get("KeyState", _USABLE) != _USABLE:
                raise self._refusal("KMSInvalidStateException")
            self._arn = found["Arn"]
        return self._arn

    def wrap(self, key: Secret[bytes], context: KeyContext) -> bytes:
        kek, pairs = self.kek(), context.pairs()
        made = self._asked(
            lambda client: client.generate_data_key(KeyId=kek, KeySpec="AES_256", EncryptionContext=pairs)
        )
        nonce = SystemIds().octets(NONCE_BYTES)
        sealed = AESGCM(made["Plaintext"]).encrypt(nonce, key.reveal(), context.aad())
        envelope = Envelope(
            provider="kms", kek=kek, nonce=nonce, sealed=sealed, data_key=made["CiphertextBlob"]
        )
        return envelope.octets()

    def unwrap(self, octets: bytes, context: KeyContext) -> Secret[bytes]:
        envelope = envelope_of(octets, context)
        kek, pairs, wrapped = self.kek(), context.pairs(), envelope.data_key
        try:
            data_key = self._asked(
                lambda client: client.decrypt(CiphertextBlob=wrapped, KeyId=kek, EncryptionContext=pairs)
            )["Plaintext"]
            return Secret(AESGCM(data_key).decrypt(envelope.nonce, envelope.sealed, context.aad()))
        except (_NotOpenedError, InvalidTag, ValueError):
            raise does_not_open(context, kek) from None

    def close(self) -> None:
        if self._made is not None:
            self._made.close()
            self._made = None

    def _client(self) -> "KMSClient":
        if self._made is None:
            settings = self._settings
            ids = [
                None if file is None else secret_of(file).reveal()
                for file in (settings.access_key_file, settings.secret_key_file)
            ]
            self._made = boto3.client(
                "kms",
                endpoint_url=settings.endpoint,
                region_name=settings.region,
                aws_access_key_id=ids[0],
                aws_secret_access_key=ids[1],
                config=Config(  # type: ignore[call-arg]  # its type does not know the last one
                    connect_timeout=CONNECT_TIMEOUT_S,
                    read_timeout=READ_TIMEOUT_S,
                    retries={"total_max_attempts": 1},
                    ignore_configured_endpoint_urls=True,  # an environment could take TLS away
                ),
            )
        return self._made

    def _asked(self, ask: "Callable[[KMSClient], _ResultT]") -> _ResultT:
        if monotonic() < self._silent_until:
            raise self._silence("it did not answer just now")
        try:
            return ask(self._client())
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in _NOT_OPENED:
                raise _NotOpenedError from None
            raise self._refusal(code) from None
        except NoCredentialsError:
            text = (
                "no credentials for KMS: set access_key_file and secret_key_file, or give the machine a role"
            )
            raise StorageError(text, retryable=False) from None
        except BotoCoreError as error:
            self._silent_until = monotonic() + ASK_AGAIN_S
            raise self._silence(type(error).__name__) from None

    def _silence(self, why: str) -> StorageError:
        where = self._settings.endpoint or f"region {self._settings.region}"
        text = f"KMS ({where}) does not answer ({why}): check network, endpoint and region"
        return StorageError(text, retryable=True)

    def _refusal(self, code: str) -> StorageError:
        remedy = _REMEDIES.get(code, "")
        said = f"KMS refuses the key {self._settings.key}: {code}"
        return StorageError(f"{said} ({remedy})" if remedy else said, retryable=not remedy)


class _NotOpenedError(Exception):
    """KMS says that this was not wrapped by this key for this context."""
