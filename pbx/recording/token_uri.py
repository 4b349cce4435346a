"""The name of a key in a token, as RFC 7512 writes it: pkcs11:token=...;object=...;id=..."""

from urllib.parse import quote, unquote

_SCHEME = "pkcs11:"


def key_uri(token: str, label: str, octets: bytes) -> str:
    """Return the URI of a secret key by its labels and its CKA_ID."""
    return (
        f"{_SCHEME}token={quote(token, safe='')};object={quote(label, safe='')};id={quote(octets, safe='')}"
    )


def key_label(uri: str) -> str:
    """Return the key's label, "" when the URI has none."""
    for part in uri.removeprefix(_SCHEME).split(";"):
        name, _, value = part.partition("=")
        if name == "object":
            return unquote(value)
    return ""
