"""Every recording of an index exists, and every sentence of a flow can be heard."""

from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.dialplan.numbers import spoken
from pbx.ivr.steps import Collect, Echo, HangUp, Menu, Say, Step, Voicemail
from pbx.recording.notice import sentence


def check_prompts(source: TenantSource, engine: str) -> list[ConfigError]:
    """Return what cannot be heard; `engine` "none" means that there is nobody to speak the rest."""
    errors = _check_files(source)
    if engine != "none" or source.settings is None:
        return errors
    language = source.settings.model.language
    recorded = _recorded(source, language)
    hint = f"record it for prompts/{language}, or set speech.engine in pbx.yaml"
    errors += [
        flow.file.document.key_error(("steps", name), f'no recording says "{said}"', hint)
        for flow in source.flows
        for name, step in flow.plan.steps.items()
        for said in sentences(step)
        if said not in recorded
    ]
    errors += [*_check_rooms(source, recorded, hint), *_check_parking(source, recorded, hint)]
    errors += _check_queues(source, recorded, hint)
    return [*errors, *_check_notices(source, language, hint)]


def _check_notices(source: TenantSource, language: str, hint: str) -> list[ConfigError]:
    """What is said where a call cannot be recorded; a sentence that several policies say is named once."""
    if source.recording is None:
        return []
    errors: dict[str, ConfigError] = {}
    for path, policy in source.recording.model.written_failures:
        notice = sentence(policy, language)
        if notice is not None and notice.text not in _recorded(source, notice.language):
            error = source.recording.document.error(path, f'no recording says "{notice.text}"', hint)
            errors.setdefault(notice.text, error)
    return list(errors.values())


def _check_rooms(source: TenantSource, recorded: set[str], hint: str) -> list[ConfigError]:
    """A room without a PIN says nothing."""
    if source.conferences is None:
        return []
    document = source.conferences.document
    return [
        document.key_error(("conferences", name), f'no recording says "{said}"', hint)
        for name, room in source.conferences.model.conferences.items()
        for said in (room.ask, room.wrong)
        if room.pin is not None and said not in recorded
    ]


def _check_queues(source: TenantSource, recorded: set[str], hint: str) -> list[ConfigError]:
    """What is said before and after a number is a sentence each."""
    if source.queues is None:
        return []
    document = source.queues.document
    return [
        document.key_error(("queues", name), f'no recording says "{said}"', hint)
        for name, queue in source.queues.model.queues.items()
        for said in queue.announce.sentences
        if said not in recorded
    ]


def _check_parking(source: TenantSource, recorded: set[str], hint: str) -> list[ConfigError]:
    """Each slot has its own sentence; the first that is missing is named."""
    lot = source.dialplan.model.parking if source.dialplan is not None else None
    if source.dialplan is None or lot is None:
        return []
    said = next((one for slot in lot.slots if (one := spoken(lot.announce, slot)) not in recorded), None)
    message = f'no recording says "{said}"'
    return [source.dialplan.document.error(("parking", "announce"), message, hint)] if said else []


def _recorded(source: TenantSource, language: str) -> set[str]:
    index = source.prompts.get(language)
    return set(index.model.root.values()) if index is not None else set()


def _check_files(source: TenantSource) -> list[ConfigError]:
    return [
        index.document.key_error((name,), f"there is no file prompts/{language}/{name}")
        for language, index in source.prompts.items()
        for name in index.model.root
        if not (source.folder / "prompts" / language / name).is_file()
    ]


def sentences(step: Step) -> tuple[str, ...]:
    """Return what the step says by itself; consent and verification bring their own sentences."""
    match step:
        case Say(parts=parts) if parts:
            return tuple(part for part in parts if isinstance(part, str))
        case Say(text=text) | HangUp(text=text) | Echo(text=text):
            return (text,) if text else ()
        case Menu(text=text, invalid_text=invalid) | Collect(text=text, invalid_text=invalid):
            return (text, invalid)
        case Voicemail(greeting=greeting):
            return (greeting,)
    return ()
