"""Keys of the vault under an AES-256 key that never leaves its PKCS#11 token: AES-GCM, done by the token.

A session is open while keys are wrapped or unwrapped, and no longer.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass, SecretKey, Session, TokenFlag

from pbx.core.errors import StorageError
from pbx.core.io.entropy import SystemIds
from pbx.core.secret import Secret
from pbx.recording.envelope import Envelope, KeyContext, ProviderName
from pbx.recording.io.key_provider import NONCE_BYTES, Pkcs11Settings, does_not_open, envelope_of, secret_of
from pbx.recording.token_uri import key_uri

_TAG_BITS = 128
_KEY_BITS = 256
_ID_BYTES = 16
_PIN_PROBLEMS: tuple[tuple[type[pkcs11.PKCS11Error], str], ...] = (
    (pkcs11.PinIncorrect, "refuses the PIN of {pin}: correct it before the token locks itself"),
    (pkcs11.PinLenRange, "refuses the PIN of {pin}: it is too short or too long"),
    (pkcs11.PinLocked, "has locked its PIN: the security officer has to unlock it"),
    (pkcs11.PinExpired, "wants a new PIN: it has expired"),
    (pkcs11.UserPinNotInitialized, "has no PIN yet: the security officer has to set it"),
)
# A decryption that ends so says that the token is in trouble; by any other error, that the key was changed.
_AWAY = (
    pkcs11.DeviceError,
    pkcs11.DeviceMemory,
    pkcs11.DeviceRemoved,
    pkcs11.SessionClosed,
    pkcs11.SessionHandleInvalid,
    pkcs11.TokenNotPresent,
    pkcs11.UserNotLoggedIn,
)
_ResultT = TypeVar("_ResultT")


class _Kek(Protocol):
    """What we use of a secret key; its type has the mechanisms only when its attributes allow them."""

    key_type: KeyType
    key_length: int

    def __getitem__(self, name: Attribute) -> Any: ...

    def encrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...

    def decrypt(self, data: bytes, *, mechanism: Mechanism, mechanism_param: GCMParams) -> bytes: ...


class Pkcs11Provider:
    """One key of a token."""

    name: ProviderName = "pkcs11"
    lanes = 1

    def __init__(self, settings: Pkcs11Settings) -> None:
        self._settings = settings
        self._session: Session | None = None
        self._key: _Kek | None = None

    def kek(self) -> str:
        key = self._found()
        return self._asked(
            lambda: key_uri(self._settings.token, self._settings.key, bytes(key[Attribute.ID]))
        )

    def wrap(self, key: Secret[bytes], context: KeyContext) -> bytes:
        kek, by = self.kek(), self._found()
        nonce = SystemIds().octets(NONCE_BYTES)
        param = _params(nonce, context)
        sealed = self._asked(
            lambda: by.encrypt(key.reveal(), mechanism=Mechanism.AES_GCM, mechanism_param=param)
        )
        return Envelope(provider=self.name, kek=kek, nonce=nonce, sealed=bytes(sealed)).octets()

    def unwrap(self, octets: bytes, context: KeyContext) -> Secret[bytes]:
        envelope = envelope_of(octets, context)
        by = self._found()
        param = _params(envelope.nonce, context)
        try:
            return Secret(
                bytes(by.decrypt(envelope.sealed, mechanism=Mechanism.AES_GCM, mechanism_param=param))
            )
        except _AWAY as error:
            raise self._trouble(error) from None
        except pkcs11.PKCS11Error:
            raise does_not_open(context, self.kek()) from None

    def make(self) -> bool:
        """Make the key, sensitive and not extractable, unless the token has one of its label (False)."""
        self.close()
        with self._opened(is_written=True) as session:
            if self._labelled(session):
                return False
            self._asked(
                lambda: session.generate_key(
                    KeyType.AES,
                    _KEY_BITS,
                    label=self._settings.key,
                    id=SystemIds().octets(_ID_BYTES),
                    store=True,
                    template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
                )
            )
        return True

    def close(self) -> None:
        session, self._session, self._key = self._session, None, None
        if session is not None:
            try:
                session.close()
            except pkcs11.PKCS11Error:
                pass  # a token that was pulled out has ended it

    def _found(self) -> _Kek:
        if self._key is None:
            self._session = self._opened()
            session = self._session
            keys = self._asked(lambda: self._labelled(session))
            if len(keys) != 1:
                raise self._misfit(
                    "is not there: `pbx keys wrap --make-kek` makes it"
                    if not keys
                    else "is there twice: destroy or rename one"
                )
            self._check(keys[0])
            self._key = keys[0]
        return self._key

    def _opened(self, *, is_written: bool = False) -> Session:
        """Log in; a PIN is never tried that may lock the token, however often the vault is started."""
        pin = secret_of(self._settings.pin_file)
        try:
            token = pkcs11.lib(str(self._settings.module)).get_token(token_label=self._settings.token)
            if is_last_try(token.flags):
                raise self._misfit("would lock itself after a wrong PIN: log in by its own tool", key=False)
            return token.open(rw=is_written, user_pin=pin.reveal())
        except pkcs11.NoSuchToken:
            raise self._misfit("is not there: plug it in, or name another one", key=False) from None
        except pkcs11.MultipleTokensReturned:
            raise self._misfit("is there twice: give one another label", key=False) from None
        except pkcs11.PKCS11Error as error:
            raise self._trouble(error) from None

    def _labelled(self, session: Session) -> list[_Kek]:
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: self._settings.key}
        return [cast(_Kek, one) for one in session.get_objects(wanted) if isinstance(one, SecretKey)]

    def _check(self, key: _Kek) -> None:
        """Refuse a key that is no AES-256, or that somebody could copy out of the token."""
        if key.key_type != KeyType.AES or key.key_length != _KEY_BITS:
            raise self._misfit("is no AES key of 256 bits")
        if not (hasattr(key, "encrypt") and hasattr(key, "decrypt")):
            raise self._misfit("may not encrypt and decrypt")
        if self._asked(lambda: key[Attribute.EXTRACTABLE] or not key[Attribute.SENSITIVE]):
            raise self._misfit("may leave the token: make one that is sensitive and not extractable")

    def _misfit(self, text: str, *, key: bool = True) -> StorageError:
        what = f"the key {self._settings.key} of the token" if key else "the token"
        return StorageError(f"{what} {self._settings.token} {text}", retryable=False)

    def _asked(self, ask: Callable[[], _ResultT]) -> _ResultT:
        try:
            return ask()
        except pkcs11.PKCS11Error as error:
            raise self._trouble(error) from None

    def _trouble(self, error: pkcs11.PKCS11Error) -> StorageError:
        """What the token says, in words; the next question begins anew."""
        self.close()
        for kind, text in _PIN_PROBLEMS:
            if isinstance(error, kind):
                return self._misfit(text.format(pin=self._settings.pin_file), key=False)
        self._forget_tokens()
        said = f"the module {self._settings.module} fails: {type(error).__name__} {error}".rstrip()
        return StorageError(f"{said}: check that it is there and that the token answers", retryable=True)

    def _forget_tokens(self) -> None:
        """End the module, which else may keep a token for gone that is back."""
        try:
            pkcs11.lib(str(self._settings.module)).finalize()
        except pkcs11.PKCS11Error:
            pass  # it is not there


def is_last_try(flags: TokenFlag) -> bool:
    """Whether one more wrong PIN locks a token: then who starts the vault again and again would do it."""
    return bool(flags & (TokenFlag.USER_PIN_FINAL_TRY | TokenFlag.USER_PIN_LOCKED))


def _params(nonce: bytes, context: KeyContext) -> GCMParams:
    return GCMParams(nonce=nonce, aad=context.aad(), tag_bits=_TAG_BITS)
