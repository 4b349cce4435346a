"""What `consent.yaml` allows for a while only, what it cannot allow, and what nobody could be told."""

from collections.abc import Collection, Iterator
from datetime import datetime

from pbx.config.consent import FLOOR
from pbx.config.schema import target_path
from pbx.config.sources import TenantSource
from pbx.consent.effects import Mode
from pbx.consent.rule_rows import is_laxer
from pbx.consent.rules import ConsentRules
from pbx.consent.texts import ConsentTexts
from pbx.core.errors import ConfigError
from pbx.core.language import nearest
from pbx.ivr.steps import RecordingConsent

_SAID: tuple[Mode, ...] = ("notify", "notify_optout", "optin_one")  # all that a party may be told or asked


def expired_approvals(sources: list[TenantSource], now: datetime | None) -> list[ConfigError]:
    """Return a warning for each approval that does not count any more; none when nobody knows the time."""
    found = []
    for source in sources:
        if now is None or source.consent is None:
            continue
        consent = source.consent.model
        approval = consent.default_unknown_approval
        if approval is not None and consent.default_for(now) != consent.default_unknown:
            said = f"the approval has expired, so {FLOOR} holds"
            hint = "have it approved anew, or take default_unknown out"
            place = ("default_unknown_approval", "expires_on")
            found.append(source.consent.document.error(place, said, hint))
    return found


def consent_findings(sources: list[TenantSource], now: datetime | None) -> list[ConfigError]:
    """Return warnings: what holds no more, and who is left out of what has to be recorded."""
    return expired_approvals(sources, now) + private_under_mandate(sources)


def below_the_law(sources: list[TenantSource], rules: ConsentRules) -> list[ConfigError]:
    """Return an error for each floor that is laxer than the law: that takes two people (C-10)."""
    return [
        source.consent.document.error(
            ("floors", region), f"{mode} is laxer than {law.mode}, the rule of {law.name}", OVERRIDE
        )
        for source in sources
        if source.consent is not None
        for region, mode in source.consent.model.floors.items()
        if (law := rules.row(region)) is not None and is_laxer(mode, law.mode)
    ]


def private_under_mandate(sources: list[TenantSource]) -> list[ConfigError]:
    """Return a warning where a law wants every call recorded, and a line is private all the same.

    SYSC 10A asks for the calls of some people in a firm only, so a works council may have such a line.
    """
    hint = "nobody who is in its scope may use this line; take it out, or write down why"
    return [
        source.recording.document.error(
            ("private", i), f"{number} is never recorded, and the overlay fca wants every call", hint
        )
        for source in sources
        if source.consent is not None and source.recording is not None
        if "fca" in source.consent.model.overlays
        for i, number in enumerate(source.recording.model.private)
    ]


def unspoken(sources: list[TenantSource], texts: ConsentTexts, voices: Collection[str]) -> list[ConfigError]:
    """Return a warning for each language in which nobody could be told of a recording (C-05).

    `voices` are the languages of the speech engine; the others need recordings.
    """
    return [problem for source in sources for problem in _unspoken(source, texts, voices)]


def _unspoken(source: TenantSource, texts: ConsentTexts, voices: Collection[str]) -> Iterator[ConfigError]:
    settings, dialplan = source.settings, source.dialplan
    if settings is None:
        return
    own = settings.model.language
    if nearest(own, texts.by_language) is None:
        said = f"there are no words in {own} that tell of a recording"
        yield settings.document.error(("language",), said, UNRECORDED)
    for number, targets in dialplan.model.inbound.items() if dialplan is not None else ():
        for index, target in enumerate(targets):
            if dialplan is None or target.language is None:
                continue
            path = (*target_path(number, index, targets), "language")
            tag = nearest(target.language, texts.by_language)
            if tag is None:
                said = f"there are no words in {target.language} that tell of a recording"
                yield dialplan.document.error(path, said, UNRECORDED)
            elif tag not in {nearest(own, texts.by_language), *voices, *source.prompts}:
                hint = f"record them for prompts/{tag}: else callers of this number are not recorded"
                yield dialplan.document.error(path, f"no voice says the words in {tag}", hint)
    for tag, index_file in source.prompts.items():
        if tag == own or tag in voices or tag not in texts.by_language:
            continue
        missing = _sentences(source, texts, tag) - set(index_file.model.root.values())
        if missing:
            said = f'no recording says "{min(missing)}"'
            more = f", and {len(missing) - 1} more" if len(missing) > 1 else ""
            yield index_file.document.error((), said + more, f"who is told in {tag} is not recorded")


def _sentences(source: TenantSource, texts: ConsentTexts, tag: str) -> set[str]:
    """What callers of a tenant may hear of a recording in one language."""
    consent = source.consent.model if source.consent is not None else None
    wanted: set[tuple[str, ...]] = {consent.purposes} if consent is not None else set()
    for flow in source.flows:
        wanted |= {s.purposes for s in flow.plan.steps.values() if isinstance(s, RecordingConsent)}
    found = {texts.prompt(mode, tag, purposes) for purposes in wanted for mode in _SAID}
    if consent is not None and consent.withdraw_key is not None and consent.withdrawal == "honour":
        found.add(texts.withdrawal(consent.withdraw_key, tag))
    return {one.text for one in found if one is not None}


UNRECORDED = "calls in it are not recorded, unless the law of the caller's place allows another language"
OVERRIDE = "two people may lower a rule for a while: pbx consents override ask"
