"""A grant that is not of any call, and the key that has signed it."""

from datetime import UTC, datetime

from pbx.core.ids import CallId, LegId
from pbx.core.secret import Secret
from pbx.verify.actions import POLICY, actions_at
from pbx.verify.grant import LIFE, Grant, GrantKey

KEY = GrantKey(Secret(b"k" * 32))
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
GRANT = Grant(
    jti="9f" * 16,
    tenant="acme",
    call=CallId("c1"),
    leg=LegId("a"),
    dialog=("call-id@192.0.2.1", "ours", "theirs"),
    customer="c-1",
    level="V2",
    methods=("phone_number", "date_of_birth"),
    scopes=actions_at("V2"),
    risk=("unattested",),
    iat=AT,
    exp=AT + LIFE,
    audience="extension/1001",
    policy=POLICY,
)
