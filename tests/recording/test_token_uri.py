"""RFC 7512: a key in a token, as text."""

import pytest

from pbx.recording.token_uri import key_label, key_uri


@pytest.mark.parametrize("label", ["pbx-vault", "a b;id=%41/ü", "object=x"])
def test_any_label_comes_back(label: str) -> None:
    uri = key_uri("my token", label, b"\x00a")
    assert uri.startswith("pkcs11:token=my%20token;object=")
    assert uri.endswith(";id=%00a")
    assert key_label(uri) == label


def test_a_text_without_a_label_has_none() -> None:
    assert key_label("pkcs11:token=x") == ""
    assert key_label("arn:aws:kms:eu-west-1:1:key/2") == ""
