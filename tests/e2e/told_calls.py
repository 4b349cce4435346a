"""What `pbx explain` says of a call before it is made, and SIPp's part in making it."""

import re
import wave
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from pbx.rehearsal.caller import BETWEEN_KEYS_S
from pbx.rehearsal.player import MS_OF_SENTENCE, MS_PER_CHARACTER
from tests.e2e.chance_plan import LANGUAGE, ChancePlan, Habit, Wanted

LATE_S = 0.3  # everything that is real takes a little longer than it was told
SOON_S = 0.5  # before two talk: the PBX may change the audio then, and the time to the next act begins anew
LAST_S = 30.0  # then whoever should have hung up has not
RATE = 8000
_REFUSED = re.compile(r"the call is refused with (\d+)")
_PRESSES = re.compile(r"the caller presses ([0-9*#]+)")
_TIMES = re.compile(r" \+[0-9]+\.[0-9]s")
_OK = """<send><![CDATA[
      SIP/2.0 200 OK
      [last_Via:]
      [last_From:]
      [last_To:]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:{{caller}}@[local_ip]:[local_port];transport=[transport]>
      """
_PLAIN_OK = f"""{_OK}Content-Length: 0

  ]]></send>"""
_AUDIO_OK = f"""{_OK}Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=- 1 2 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 8 0 96
      a=rtpmap:96 telephone-event/8000

  ]]></send>"""
_UNTOLD = (
    "noted: audio.",
    "noted: recording.started",
    "noted: recording.finished",
)  # of sound, not of a plan
_PBX_ENDS = "end"
_DECLINED = (
    "declined"  # of who hears the announcement that alone is kept then, and is called `recorded` for it
)
_RULES = ("rule of recording", "consent of the")
_OPTIONS: dict[Habit, str] = {"answers": "--answers", "busy": "--busy", "away": "--away"}
_DIALOG = """\
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch];rport
      Max-Forwards: 70
      From: "Tester" <sip:{{caller}}@{{from_domain}}>;tag=[call_number]
      To: <sip:{{called}}@{{domain}}>[peer_tag_param]
      Call-ID: [call_id]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What a call does, as it is told before, or as it was; the same of both has to be equal.

    `route` has each reason with its file:line, without times. `legs` are role, party, whether it answered,
    and how it ended. `consents` are the rules and answers of consent. `status` 0 = it was answered.
    """

    route: str
    legs: tuple[tuple[str, str, bool, str], ...]
    consents: tuple[str, ...]
    facts: tuple[str, ...]
    recording: str
    ended: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A call as `pbx explain` tells it; `course` None = the plan refuses it, so that no record is kept."""

    course: Course | None
    status: int
    acts: tuple[
        tuple[float, str], ...
    ]  # seconds since the answer; a key, "bye" of the caller, or "" = it waits
    lasts_s: float
    sentences: frozenset[str]


def question(config: Path, plan: ChancePlan, call: Wanted) -> list[str]:
    """The command that asks `pbx explain` for a call before it is made."""
    words = ["explain", call.called, "--from", call.caller, "--json", "--config", str(config)]
    for party, habit in plan.habits.items():
        words += [_OPTIONS[habit], party] if habit in _OPTIONS else []
    for keys in call.keys:
        words += ["--press", keys]
    return words


def told(answer: dict[str, Any]) -> Told:
    """Return what `pbx explain --json` has answered."""
    record, story = answer["record"], answer["story"]
    refused = [found[1] for one in story if (found := _REFUSED.search(one["words"]))]
    status = int(refused[0]) if refused else 0
    sentences = frozenset(answer["says"])
    if record is None:
        return Told(course=None, status=status, acts=(), lasts_s=0.0, sentences=sentences)
    answered_s = _since(record, record["answered_at"])
    if record["answered_at"] is None and not status:
        status = int(record["cause"])
    acts: list[tuple[float, str]] = []
    for one in story:
        if (pressed := _PRESSES.fullmatch(one["words"])) is not None:
            acts += [(one["at_s"] - answered_s + i * BETWEEN_KEYS_S, key) for i, key in enumerate(pressed[1])]
        elif one["words"].endswith(" talk"):
            acts.append((one["at_s"] - answered_s - SOON_S, ""))
        elif one["words"] in ("the caller hangs up", "the caller gives up"):
            acts.append((one["at_s"] - answered_s, "bye"))
    return Told(
        course=course(record, story),
        status=status,
        acts=tuple(acts),
        lasts_s=_since(record, record["ended_at"]),
        sentences=sentences,
    )


def course(record: dict[str, Any], story: Iterable[dict[str, Any]]) -> Course:
    """Return the course of a call from its record and its story, both as `--json` has them."""
    words = [one["words"] for one in story]
    legs = [
        (leg["role"], leg["party"], leg["answered_at"] is not None, leg["cause"]) for leg in record["legs"]
    ]
    declined = str(record["recording_reason"]).endswith(": declined")
    facts = [one for one in words if one.startswith("noted: ") and not one.startswith(_UNTOLD)]
    return Course(
        route=_TIMES.sub("", record["route"]),
        legs=tuple(sorted(legs)),
        consents=tuple(sorted(one for one in words if one.startswith(_RULES))),
        facts=tuple(sorted(facts)),
        recording=_DECLINED if declined else record["recording_state"],
        ended=(record["ended_by"], record["cause"]),
    )


def acts_of(call: Told) -> str:
    """What the caller does after the answer, as SIPp has to do it; "" of a call that is refused."""
    if call.status:
        return ""
    said, now_s = [], 0.0
    acts = call.acts if _leaves(call) else (*call.acts, (call.lasts_s, _PBX_ENDS))
    for i, (at_s, act) in enumerate(acts):
        pause_s = max(0.001, at_s + LATE_S - now_s)
        now_s += pause_s
        if act == _PBX_ENDS:
            said.append(_hung_up(i, pause_s + LAST_S))
        else:
            said.append(_waits(i, pause_s) + (_request(act, i + 2) if act else ""))
    return "\n".join(said)


def _waits(i: int, seconds: float) -> str:
    """A pause in which the PBX may change the audio."""
    return f"""<label id="wait{i}"/>
  <recv request="INVITE" timeout="{round(seconds * 1000)}" ontimeout="act{i}"/>
  {_AUDIO_OK}
  <recv request="ACK" next="wait{i}"/>
  <label id="act{i}"/>
  """


def _hung_up(i: int, seconds: float) -> str:
    """The PBX ends the call; it may change the audio before."""
    return f"""<label id="wait{i}"/>
  <recv request="INVITE" optional="true" next="change{i}"/>
  <recv request="BYE" timeout="{round(seconds * 1000)}" next="end{i}"/>
  <label id="change{i}"/>
  {_AUDIO_OK}
  <recv request="ACK" next="wait{i}"/>
  <label id="end{i}"/>
  {_PLAIN_OK}"""


def _leaves(call: Told) -> bool:
    return bool(call.acts) and call.acts[-1][1] == "bye"


def _request(act: str, cseq: int) -> str:
    is_key = act != "bye"
    body = f"Signal={act}\n      Duration=100\n\n" if is_key else ""
    method = "INFO" if is_key else "BYE"
    kind = "      Content-Type: application/dtmf-relay\n" if is_key else ""
    return f"""<send retrans="500"><![CDATA[
      {method} [next_url] SIP/2.0
{_DIALOG}      CSeq: {cseq} {method}
{kind}      Content-Length: [len]

      {body}
  ]]></send>
  <recv response="200"/>"""


def record_sentences(prompts: Path, sentences: Iterable[str]) -> None:
    """Record silence for each sentence, as long as a rehearsal takes it to be."""
    index: dict[str, str] = {}
    for i, text in enumerate(sorted(sentences)):
        n_samples = (MS_OF_SENTENCE + MS_PER_CHARACTER * len(text)) * RATE // 1000
        with wave.open(str(prompts / LANGUAGE / f"told{i}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(bytes(2 * n_samples))
        index[f"told{i}.wav"] = text
    (prompts / LANGUAGE / "index.yaml").write_text(yaml.safe_dump(index, sort_keys=False))


def _since(record: dict[str, Any], at: str | None) -> float:
    if at is None:
        return 0.0
    return (datetime.fromisoformat(at) - datetime.fromisoformat(record["offered_at"])).total_seconds()
