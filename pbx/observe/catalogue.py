"""The catalogue: every metric of the PBX, in the order in which they are shown.

Labels have few values, all of them ours: names of tenants and trunks as the configuration has them, and words
of closed sets. No number of a caller, no address, no text of a peer ever becomes one (V-07).
"""

from typing import get_args

from pbx.media.events import AudioFaultKind
from pbx.observe import dependency_metrics as parts
from pbx.observe import help_metrics, program_metrics, prompt_metrics, queue_metrics, schedule_metric
from pbx.observe.causes import RECORDING_REASONS
from pbx.observe.metric import Metric
from pbx.verify.effects import SpokenOutcome
from pbx.verify.facts import Reason, Unsent

TALKS_S = (10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0)
DIALS_S = (0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0)
LAGS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
LOSSES = (0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
JITTERS_S = (0.001, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
OPINIONS = (2.0, 2.6, 3.1, 3.6, 4.0, 4.3)  # the classes of ITU-T G.107, annex B, and one below them

TRUNK = ("tenant", "trunk")
WAY = (*TRUNK, "direction")
HEARD = ("peer", "direction")

START_TIME = Metric(
    name="pbx_start_time_seconds",
    kind="gauge",
    help="When signalling was started, in seconds since 1970. All counters began at 0 then.",
)
CALLS = Metric(
    name="pbx_calls_in_progress",
    kind="gauge",
    help="Calls from their INVITE until the last party is gone.",
    labels=("tenant",),
)
CALLS_BEGUN = Metric(
    name="pbx_calls_begun_total",
    kind="counter",
    help="Calls that have begun; its rate is calls per second.",
    labels=("tenant", "direction"),
)
CALLS_ENDED = Metric(
    name="pbx_calls_ended_total",
    kind="counter",
    help="Calls that are over, by what ended them.",
    labels=("tenant", "cause"),
)
CALL_DURATION = Metric(
    name="pbx_call_duration_seconds",
    kind="histogram",
    help="From the answer to the end of calls that were answered.",
    labels=("direction",),
    bounds=TALKS_S,
)
INVITES_REFUSED = Metric(
    name="pbx_invites_refused_total",
    kind="counter",
    help="INVITEs of others that ended with a failure, ours or that of whom they called.",
    labels=("cause",),
)
MEDIA_REFUSED = Metric(
    name="pbx_calls_without_media_total",
    kind="counter",
    help="Calls that were refused because no media worker or port was free.",
)
TRUNK_ATTEMPTS = Metric(
    name="pbx_trunk_attempts_total",
    kind="counter",
    help="INVITEs to and from a carrier. Answered by attempts is the answer-seizure ratio (ASR).",
    labels=WAY,
)
TRUNK_ANSWERED = Metric(
    name="pbx_trunk_answered_total",
    kind="counter",
    help="INVITEs to and from a carrier that were answered.",
    labels=WAY,
)
TRUNK_FAILED = Metric(
    name="pbx_trunk_failed_total",
    kind="counter",
    help="INVITEs to and from a carrier that were not answered, by the reason.",
    labels=(*WAY, "cause"),
)
POST_DIAL_DELAY = Metric(
    name="pbx_trunk_post_dial_delay_seconds",
    kind="histogram",
    help="From our INVITE to a carrier to the first ringing, early audio or answer (PDD).",
    labels=TRUNK,
    bounds=DIALS_S,
)
TRUNK_DURATION = Metric(
    name="pbx_trunk_call_duration_seconds",
    kind="histogram",
    help="From answer to end of a carrier's leg. Sum by count is the average call duration (ACD).",
    labels=WAY,
    bounds=TALKS_S,
)
TRUNK_OPINION = Metric(
    name="pbx_trunk_mos",
    kind="histogram",
    help="How a carrier's side sounded to us, one value for each leg at the end of its call (MOS, 1 to 4.5).",
    labels=TRUNK,
    bounds=OPINIONS,
)
TRUNK_UP = Metric(
    name="pbx_trunk_up",
    kind="gauge",
    help="1 = the carrier answers OPTIONS, 0 = it does not. Only trunks that are watched.",
    labels=TRUNK,
)
TRUNK_REGISTERED = Metric(
    name="pbx_trunk_registered",
    kind="gauge",
    help="1 = we are registered at the carrier, 0 = we are not. Only trunks where we register.",
    labels=TRUNK,
)
REGISTRATIONS = Metric(
    name="pbx_registrations",
    kind="gauge",
    help="Telephones that are registered now, each binding counted.",
    labels=("tenant",),
)
RECORDINGS = Metric(name="pbx_recordings_in_progress", kind="gauge", help="Recordings that are written now.")
RECORDINGS_BEGUN = Metric(
    name="pbx_recordings_begun_total",
    kind="counter",
    help="Recordings whose journal was opened.",
    labels=("tenant",),
)
RECORDINGS_STORED = Metric(
    name="pbx_recordings_stored_total",
    kind="counter",
    help="Recordings that were sealed, stored, read back and signed.",
    labels=("tenant",),
)
RECORDINGS_FAILED = Metric(
    name="pbx_recordings_failed_total",
    kind="counter",
    help="Recordings that did not begin, broke off or cannot be read, by the reason.",
    labels=("reason",),
    values=RECORDING_REASONS,
)
RECORDINGS_INTERRUPTED = Metric(
    name="pbx_recordings_interrupted_total",
    kind="counter",
    help="Recordings that went on as another one because their media worker died.",
)
RECORDINGS_PAUSED = Metric(
    name="pbx_recordings_paused_total", kind="counter", help="Pauses of recordings that have begun."
)
CONSENTS_WITHDRAWN = Metric(
    name="pbx_consents_withdrawn_total",
    kind="counter",
    help="Parties that have taken their consent back during the call.",
)
CONSENTS_UNSPOKEN = prompt_metrics.CONSENTS_UNSPOKEN
PROMPTS_FELL_BACK, PROMPTS_MISSING = prompt_metrics.PROMPTS_FELL_BACK, prompt_metrics.PROMPTS_MISSING
PROGRAM_ANSWERS = program_metrics.PROGRAM_ANSWERS
SCHEDULE_OPEN = schedule_metric.SCHEDULE_OPEN
QUEUE_WAITING, QUEUE_LONGEST = queue_metrics.QUEUE_WAITING, queue_metrics.QUEUE_LONGEST
QUEUE_CALLS, QUEUE_IN_TIME = queue_metrics.QUEUE_CALLS, queue_metrics.QUEUE_IN_TIME
QUEUE_WAITED, QUEUE_AGENTS = queue_metrics.QUEUE_WAITED, queue_metrics.QUEUE_AGENTS
RECORDINGS_DAMAGED = Metric(
    name="pbx_recordings_damaged_total",
    kind="counter",
    help="Stored recordings that did not verify when a sample was read back.",
)
SPOOL_USED = Metric(
    name="pbx_spool_used_ratio",
    kind="gauge",
    help="How much of a spool's disk is used, 0 to 1. From 0.95 on no recording begins.",
    labels=("spool",),
)
SPOOL_JOURNALS = Metric(
    name="pbx_spool_journals",
    kind="gauge",
    help="Recordings in a spool: those in progress and those that wait for the finaliser.",
    labels=("spool",),
)
QUARANTINED = Metric(
    name="pbx_spool_quarantined_journals",
    kind="gauge",
    help="Recordings that were put aside because nobody can read them.",
)
LOOK_AGE = Metric(
    name="pbx_spool_look_age_seconds",
    kind="gauge",
    help="How old what is said here of spools and alarms is. It grows while the disk stands still.",
)
ALARMS = Metric(
    name="pbx_alarm",
    kind="gauge",
    help="1 = the standing alarm of this name stands (pbx status): an outage of store, vault or database.",
    labels=("alarm",),
)
FACTS_WAITING = Metric(
    name="pbx_facts_waiting",
    kind="gauge",
    help="Call records, consents and audit facts that wait for the database.",
)
FACTS_LOST = Metric(
    name="pbx_facts_lost_total",
    kind="counter",
    help="Call records, consents and audit facts that could not be kept.",
)
DATABASE_AWAY, DEPENDENCY_UP, DEGRADED = parts.DATABASE_AWAY, parts.DEPENDENCY_UP, parts.DEGRADED
WORKER_CONNECTED = Metric(
    name="pbx_media_worker_connected",
    kind="gauge",
    help="1 = the media worker is connected, 0 = its place is empty.",
    labels=("worker",),
)
WORKER_LEGS = Metric(
    name="pbx_media_worker_legs",
    kind="gauge",
    help="Legs on a media worker, those of a predecessor that drains among them.",
    labels=("worker",),
)
WORKER_SLOW = Metric(
    name="pbx_media_worker_slow",
    kind="gauge",
    help="1 = the media worker does not take its orders and gets no new calls.",
    labels=("worker",),
)
WORKER_OVERLOADED = Metric(
    name="pbx_media_worker_overloaded",
    kind="gauge",
    help="1 = the media worker is late with the audio that it has and gets no new calls.",
    labels=("worker",),
)
WORKER_LATE = Metric(
    name="pbx_media_worker_late_seconds",
    kind="gauge",
    help="How late the media worker was in half of what it had to do in its last second, in steps of 10 ms.",
    labels=("worker",),
)
RTP_LOSS = Metric(
    name="pbx_rtp_loss_ratio",
    kind="histogram",
    help="Packets lost, 0 to 1, one value for each leg and direction at the end of its call.",
    labels=HEARD,
    bounds=LOSSES,
)
RTP_JITTER = Metric(
    name="pbx_rtp_jitter_seconds",
    kind="histogram",
    help="Jitter, one value for each leg and direction at the end of its call.",
    labels=HEARD,
    bounds=JITTERS_S,
)
RTP_OPINION = Metric(
    name="pbx_rtp_mos",
    kind="histogram",
    help="Opinion by the E-model (G.107), one value for each leg and direction at the end of its call.",
    labels=HEARD,
    bounds=OPINIONS,
)
AUDIO_FAULTS = Metric(
    name="pbx_audio_faults_total",
    kind="counter",
    help="Faults of the audio that were noticed while a call went on.",
    labels=("kind",),
    values=get_args(AudioFaultKind),
)
LOOP_LAG = Metric(
    name="pbx_loop_lag_seconds",
    kind="histogram",
    help="How late the event loop of signalling was, asked four times a second.",
    bounds=LAGS_S,
)
DEFENCE_STOPPED = Metric(
    name="pbx_defence_stopped_total",
    kind="counter",
    help="Packets and answers that the defence has stopped, by the reason.",
    labels=("reason",),
)
HELP_CALLED, HELP_FAILED = help_metrics.HELP_CALLED, help_metrics.HELP_FAILED
DEFENCE_BANS = Metric(
    name="pbx_defence_bans_total",
    kind="counter",
    help="Bans of sources that guessed passwords.",
    labels=("tenant",),
)
TOLL_REFUSED = Metric(
    name="pbx_toll_refused_total",
    kind="counter",
    help="Calls that the toll rules have refused, by the reason.",
    labels=("reason",),
)
TOLL_SUSPENSIONS = Metric(
    name="pbx_toll_suspensions_total",
    kind="counter",
    help="Suspensions of accounts, and holds of countries, because of suspected fraud.",
    labels=("tenant",),
)
TOLL_SUSPENDED = Metric(
    name="pbx_toll_suspended",
    kind="gauge",
    help="Accounts that may not call the network until somebody releases them.",
    labels=("tenant",),
)
VERIFY_TRIES = Metric(
    name="pbx_verification_tries_total",
    kind="counter",
    help="Callers that were looked up in the customer store, by what came of it.",
    labels=("reason",),
    values=get_args(Reason),
)
SENT = "sent"
VERIFY_CODES = Metric(
    name="pbx_verification_codes_total",
    kind="counter",
    help="One-time codes that callers were told of, by what came of sending them.",
    labels=("outcome",),
    values=(SENT, *get_args(Unsent)),
)
SPOKEN_ANSWERS = Metric(
    name="pbx_verification_spoken_total",
    kind="counter",
    help="Answers of callers who might speak, by what came of them.",
    labels=("reason",),
    values=get_args(SpokenOutcome),
)
MARKETING_PASSED = Metric(
    name="pbx_marketing_passed_total",
    kind="counter",
    help="Marketing calls that were let pass.",
    labels=("tenant",),
)
MARKETING_BLOCKED = Metric(
    name="pbx_marketing_blocked_total",
    kind="counter",
    help="Marketing calls that were not let pass, by the reason.",
    labels=("tenant", "reason"),
)
MARKETING_OPT_OUTS = Metric(
    name="pbx_marketing_opt_outs_total",
    kind="counter",
    help="Numbers that want no marketing calls any more, as somebody said in a call.",
    labels=("tenant",),
)

ALL: tuple[Metric, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Metric))
