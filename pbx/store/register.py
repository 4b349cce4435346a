"""The register of data: of every column what it is, why and on what basis it is kept, until when (GDPR 30).

A tag stands on its column as `info["privacy"]`; whoever adds a column adds it to its table here, or
tests/architecture fails.
"""

from collections.abc import Mapping

from sqlalchemy import Column, MetaData

from pbx.store.kept import CONSENT, CONTRACT, INTEREST, LAW, Kept, Tag
from pbx.store.register_persons import PERSONS

_MEASURES = ("loss", "jitter_ms", "round_trip_ms", "r", "mos")
_QUALITY = " ".join(f"{side}_{name}" for side in ("heard", "sent") for name in _MEASURES)

TABLES: Mapping[str, Kept] = {
    **PERSONS,
    "withdrawal_orders": Kept(
        purpose="obey withdrawals of consent",
        basis=CONSENT,
        retention="register",
        columns={"traffic": "call policy at", "none": "consent tenant"},
    ),
    "withdrawal_outcomes": Kept(
        purpose="obey withdrawals of consent",
        basis=CONSENT,
        retention="register",
        columns={"traffic": "policy blocked_by at", "none": "recording consent"},
    ),
    "calls": Kept(
        purpose="run, bill and prove calls",
        basis=CONTRACT,
        retention="call",
        columns={
            "contact": "called caller_number caller_tag",
            "identity": "customer",
            "traffic": (
                "direction offered_at answered_at ended_at ended_by cause route recording recording_state"
                " recording_reason purpose"
            ),
            "security": "verification verstat attestation",
            "none": "call tenant consents",
        },
    ),
    "legs": Kept(
        purpose="run, bill and prove calls",
        basis=CONTRACT,
        retention="call",
        columns={
            "contact": "party number",
            "traffic": f"role offered_at answered_at ended_at cause {_QUALITY}",
            "none": "call leg position",
        },
    ),
    "consents": Kept(
        purpose="prove that recording was allowed",
        basis=LAW,
        retention="proof",
        columns={"audit": "proof at", "none": "consent call tenant"},
    ),
    "refusals": Kept(
        purpose="record nobody against his will",
        basis=LAW,
        retention="refusal",
        columns={"contact": "phone_tag", "traffic": "since_at", "none": "tenant call consent"},
    ),
    "consent_overrides": Kept(
        purpose="let two people decide what is recorded",
        basis=LAW,
        retention="register",
        columns={
            "audit": (
                "region mode reason actor uid asked_at expires_at decision decided_by decided_uid decided_at"
                " ended_at"
            ),
            "none": "override tenant",
        },
    ),
    "schedule_switches": Kept(
        purpose="open and close against the hours",
        basis=INTEREST,
        retention="register",
        columns={"audit": "position by at until", "none": "tenant schedule"},
    ),
    "plan_versions": Kept(
        purpose="say which plan was in force when, and who wanted it",
        basis=INTEREST,
        retention="register",
        columns={"audit": "cause author comment at", "none": "version digest restored"},
    ),
    "journal_marks": Kept(
        purpose="write once what waited for the database on disk",
        basis=INTEREST,
        retention="journal",
        columns={"none": "journal serial"},
    ),
    "plan_contents": Kept(
        purpose="go back to an earlier plan",
        basis=INTEREST,
        retention="plan",
        columns={"security": "content", "none": "digest"},
    ),
    "recordings": Kept(
        purpose="quality, compliance, evidence and fraud, as callers were told",
        basis=CONSENT,
        retention="recording",
        columns={
            "content": "object_key manifest",
            "traffic": "kind size started_at duration_ms recovered",
            "security": "sha256_cipher signature",
            "none": "recording call tenant",
        },
    ),
    "recording_keys": Kept(
        purpose="open recordings, and shred them",
        basis=CONSENT,
        retention="recording",
        columns={"security": "header suite epoch", "none": "recording"},
    ),
    "playback_copies": Kept(
        purpose="listen in a browser",
        basis=CONSENT,
        retention="recording",
        columns={"content": "object_key", "security": "sha256_cipher", "none": "recording size made_at"},
    ),
    "playback_keys": Kept(
        purpose="open playback copies, and shred them",
        basis=CONSENT,
        retention="recording",
        columns={"security": "header suite epoch", "none": "recording"},
    ),
    "policies": Kept(
        purpose="say what people were told on any day",
        basis=LAW,
        retention="register",
        columns={"none": "tenant version sha256 text effective_at"},
    ),
    "complaints": Kept(
        purpose="answer complaints in time, and prove it",
        basis=LAW,
        retention="register",
        columns={
            "content": "about outcome",
            "contact": "contact",
            "audit": (
                "channel received_at at actor hold acknowledged_at acknowledged_by closed_at closed_by"
            ),
            "none": "complaint tenant call recording",
        },
    ),
    "messages": Kept(
        purpose="voicemail",
        basis=CONTRACT,
        retention="recording",
        columns={"contact": "box", "traffic": "heard_at", "none": "recording tenant"},
    ),
    "playback_links": Kept(
        purpose="let somebody listen once, and know who did",
        basis=INTEREST,
        retention="link",
        columns={
            "audit": (
                "actor uid purpose ticket start_ms length_ms uses made_at expires_at revoked_at revoked_by"
            ),
            "security": "token_sha256",
            "none": "link recording call tenant",
        },
    ),
    "playback_sessions": Kept(
        purpose="let a browser that has opened a link listen",
        basis=INTEREST,
        retention="link",
        columns={"security": "session_sha256", "audit": "opened_at ends_at", "none": "link"},
    ),
    "access_requests": Kept(
        purpose="let two people decide who listens",
        basis=INTEREST,
        retention="register",
        columns={
            "audit": "actor uid purpose reason asked_at decision decided_by decided_uid decided_at",
            "none": "request recording tenant",
        },
    ),
    "legal_holds": Kept(
        purpose="keep what a court may want",
        basis=LAW,
        retention="register",
        columns={
            "audit": "case_reference reason actor released_by release_reason since_at released_at",
            "none": "hold recording tenant object_hold",
        },
    ),
    "restrictions": Kept(
        purpose="keep without use (UK GDPR 18)",
        basis=LAW,
        retention="register",
        columns={
            "audit": "reason actor lifted_by lift_reason since_at lifted_at",
            "none": "restriction recording tenant",
        },
    ),
    "disclosures": Kept(
        purpose="account for what others were given",
        basis=LAW,
        retention="register",
        columns={
            "identity": "recipient approver actor",
            "contact": "scope_asked",
            "audit": (
                "basis reference purpose document_sha256 form sha256 at served_at subject_told size span"
                " scope_granted"
            ),
            "none": "disclosure recording tenant",
        },
    ),
    "due_notices": Kept(
        purpose="erase when the term ends",
        basis=LAW,
        retention="recording",
        columns={"audit": "since_at", "none": "recording tenant"},
    ),
    "erasures": Kept(
        purpose="prove erasure",
        basis=LAW,
        retention="register",
        columns={
            "audit": (
                "ground extent reason actor state blocked_by started_at asked_at key_gone_at scrubbed_at"
                " object_gone_at done_at receipt signature manifest_sha256 sha256_cipher"
            ),
            "none": "recording tenant call kind object object_key copy_key",
        },
    ),
    "audit_events": Kept(
        purpose="prove what happened; numbers are masked in it",
        basis=LAW,
        retention="register",
        columns={"audit": "at kind details", "none": "id call tenant"},
    ),
    "audit_leaves": Kept(
        purpose="prove that nothing was changed",
        basis=LAW,
        retention="register",
        columns={"security": "entry salt", "none": "position event"},
    ),
    "audit_checkpoints": Kept(
        purpose="prove that nothing was changed",
        basis=LAW,
        retention="register",
        columns={"security": "note", "none": "size at"},
    ),
    "checkpoint_copies": Kept(
        purpose="prove that nothing was changed",
        basis=LAW,
        retention="register",
        columns={"none": "place size at"},
    ),
    "webhook_outbox": Kept(
        purpose="tell the tenant's server of recordings and of verified callers",
        basis=CONTRACT,
        retention="outbox",
        columns={"traffic": "body at", "none": "id report tries due_at"},
    ),
    "bindings": Kept(
        purpose="reach registered telephones",
        basis=CONTRACT,
        retention="binding",
        columns={
            "contact": "user uri host port path instance user_agent",
            "traffic": "expires_at refreshed_at is_reachable rtt_ms",
            "none": "tenant position transport call_id cseq q reg_id",
        },
    ),
    "queue_agents": Kept(
        purpose="offer calls to agents of queues who are there",
        basis=CONTRACT,
        retention="agent",
        columns={"contact": "extension", "traffic": "is_in pause since_at", "none": "tenant"},
    ),
    "toll_holds": Kept(
        purpose="stop toll fraud",
        basis=INTEREST,
        retention="register",
        columns={"contact": "account", "security": "what cause since_at released_at", "none": "id tenant"},
    ),
    "toll_charges": Kept(
        purpose="stop toll fraud",
        basis=INTEREST,
        retention="day",
        columns={"contact": "account", "traffic": "at seconds spend", "none": "id tenant"},
    ),
}


def tag_columns(metadata: MetaData) -> None:
    """Put its tag on every column that the register knows."""
    for table, kept in TABLES.items():
        if table in metadata.tables:
            tags = _tags(kept)
            for column in metadata.tables[table].columns:
                if column.name in tags:
                    column.info["privacy"] = tags[column.name]


def tag_of(column: "Column[object]") -> Tag | None:
    """Return the tag of a column, None = it has none."""
    found = column.info.get("privacy")
    return found if isinstance(found, Tag) else None


def _tags(kept: Kept) -> dict[str, Tag]:
    return {
        name: Tag(category=category, purpose=kept.purpose, basis=kept.basis, retention=kept.retention)
        for category, names in kept.columns.items()
        for name in names.split()
    }
