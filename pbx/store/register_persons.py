"""The register of data: tables about persons who call and are called."""

from collections.abc import Mapping

from pbx.store.kept import CONTRACT, INTEREST, LAW, Kept

PERSONS: Mapping[str, Kept] = {
    "customers": Kept(
        purpose="verify callers",
        basis=CONTRACT,
        retention="customer",
        columns={
            "identity": "name date_of_birth entity_type",
            "contact": "phone phone_tag email email_tag language place",
            "security": "dob_tag row_tag flags",
            "none": "ref tenant source fetched_at gone_at phone_since_at email_since_at",
        },
    ),
    "customer_changes": Kept(
        purpose="notice changes of customers",
        basis=CONTRACT,
        retention="register",
        columns={"none": "id n"},
    ),
    "identifiers": Kept(
        purpose="verify callers",
        basis=CONTRACT,
        retention="customer",
        columns={"security": "tag kind", "none": "customer tenant at"},
    ),
    "delegates": Kept(
        purpose="let others act for a customer",
        basis=CONTRACT,
        retention="customer",
        columns={"identity": "principal delegate", "none": "tenant scopes until_at"},
    ),
    "rectifications": Kept(
        purpose="keep wrong numbers away (UK GDPR 16)",
        basis=LAW,
        retention="correction",
        columns={"contact": "phone_tag", "audit": "reason actor at", "none": "rectification tenant customer"},
    ),
    "grants": Kept(
        purpose="let agents act for a caller who was verified",
        basis=CONTRACT,
        retention="grant",
        columns={
            "identity": "customer",
            "security": "level methods scopes risk signature dialog",
            "audit": "audience policy iat exp revoked_at revoked_why",
            "none": "jti tenant call leg",
        },
    ),
    "one_time_codes": Kept(
        purpose="verify callers",
        basis=CONTRACT,
        retention="day",
        columns={
            "security": "code_tag tries used_at",
            "traffic": "call leg way made_at sent_at expires_at",
            "none": "code tenant customer purpose reason",
        },
    ),
    "code_sends": Kept(
        purpose="send nobody codes without end",
        basis=INTEREST,
        retention="day",
        columns={"contact": "tag", "none": "id at"},
    ),
    "verify_attempts": Kept(
        purpose="stop guessing of dates of birth",
        basis=INTEREST,
        retention="attempts",
        columns={"security": "kind subject source", "traffic": "call at", "none": "id tenant"},
    ),
    "verify_guesses": Kept(
        purpose="stop guessing of dates of birth",
        basis=INTEREST,
        retention="hour",
        columns={
            "security": "guess record at",
        },
    ),
    "verify_tries": Kept(
        purpose="stop guessing of dates of birth",
        basis=INTEREST,
        retention="slot",
        columns={
            "security": "at failed",
            "none": "id tenant",
        },
    ),
    "verify_rates": Kept(
        purpose="know what is usual, to see guessing",
        basis=INTEREST,
        retention="week",
        columns={
            "none": "tenant slot_at attempts failures",
        },
    ),
    "verify_breakers": Kept(
        purpose="stop guessing of dates of birth",
        basis=INTEREST,
        retention="register",
        columns={
            "audit": "opened_at hot_at cause reopened_at reopened_by reason",
            "none": "id tenant",
        },
    ),
    "suppressions": Kept(
        purpose="call nobody who has said no",
        basis=LAW,
        retention="opt-out",
        columns={
            "contact": "tag",
            "audit": "how call campaign actor since_at",
            "none": "id controller",
        },
    ),
    "screenings": Kept(
        purpose="call nobody who is on a register",
        basis=LAW,
        retention="screening",
        columns={
            "contact": "tag",
            "audit": "registered screened_at",
            "none": "id controller name",
        },
    ),
    "specific_consents": Kept(
        purpose="prove that a marketing call was agreed to",
        basis=LAW,
        retention="opt-out",
        columns={
            "contact": "tag",
            "audit": "proof actor given_at expires_at",
            "none": "id controller",
        },
    ),
    "marketing_contacts": Kept(
        purpose="call nobody too often",
        basis=LAW,
        retention="contact",
        columns={
            "contact": "tag",
            "traffic": "what at",
            "none": "id contact controller",
        },
    ),
}
