"""Media workers on other machines that nobody's calls could ever use."""

from pbx.config.models import PbxSettings, RecordingSettings
from pbx.config.queue_flows import queue_flows
from pbx.config.read import Read
from pbx.config.recording import build_rules
from pbx.config.sources import TenantSource
from pbx.core.errors import ConfigError
from pbx.ivr.steps import takes_messages


def idle_remotes(pbx: Read[PbxSettings], sources: list[TenantSource]) -> list[ConfigError]:
    """Return a warning when every tenant's calls have to stay here, where the vault and the spool are."""
    if not pbx.model.media.remote or not all(map(_may_record, sources)):
        return []
    message = "no call can be there: every tenant records calls or takes messages, which only workers here do"
    return [pbx.document.error(("media", "remote"), message)]


def _may_record(source: TenantSource) -> bool:
    settings = source.recording.model if source.recording is not None else RecordingSettings()
    rules = build_rules(settings, "")
    plans = [*(flow.plan for flow in source.flows), *queue_flows(source.queues).values()]
    return rules.may_record or takes_messages(plans)
