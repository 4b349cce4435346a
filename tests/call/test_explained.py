"""What `pbx consents explain` says of a call is what the switchboard does: 200 calls, drawn by a seed."""

from dataclasses import dataclass, replace
from random import Random

import pytest

from pbx.call.context import CallContext
from pbx.call.effects import SaveConsent
from pbx.cli.consent_rules import parties_of
from pbx.config.consent import ConsentSettings
from pbx.config.law import WrittenPlaces
from pbx.consent.effects import ConsentDecision
from pbx.consent.io.shipped import shipped_rules
from pbx.consent.known import NOTHING, Known, KnownNumbers
from pbx.consent.stance import Stance
from pbx.core.ids import LegId
from pbx.ivr.steps import RecordingConsent
from pbx.media.effects import Play, StartRecording
from pbx.recording.rules import RecordingRules
from pbx.sip.effects import PlaceCall
from pbx.sip.events import LegConfirmed
from pbx.sip.stir.verdict import UNSIGNED, failed
from tests.call.conftest import Board, contact, sample
from tests.call.parties import CAROL, A, answer
from tests.call.support import SUPPORT
from tests.call.test_key_orders import press
from tests.call.test_telling import DESK, heard, opened

SEED, CALLS = 20261129, 200
TENANT = sample()
(FLOW_PURPOSES,) = (
    one.purposes for one in TENANT.flows["support"].steps.values() if isinstance(one, RecordingConsent)
)
ABROAD = (
    *("+447700900123", "+441534456789", "+447624900100", "+35312345678", "+493012345678", "+4311234567"),
    *("+41446681800", "+33123456789", "+3221234567", "+351211234567", "+4532123456", "+46812345678"),
    *("+48221234567", "+15125550100", "+14155550100", "+12065550100", "+18005550100", "+15145550100"),
    *("+61262000000", "+6493000000", "+81312345678", "+97141234567", "+902121234567", "+861012345678"),
    *("+6621234567", "withheld"),
)
AS_TOLD = {"none", "notify", "notify_optout"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One call, and what its tenant has decided."""

    kind: str
    number: str
    says_yes: bool
    is_doubted: bool
    recorder: str | None
    known: Known
    consent: ConsentSettings

    @property
    def purposes(self) -> tuple[str, ...]:
        return FLOW_PURPOSES if self.kind == "flow" else self.consent.purposes


def drawn(random: Random) -> Scene:
    places = WrittenPlaces(
        extensions={
            name: random.choice(("DE", "US-CA", "SE")) for name in ("1001", "1003") if random.random() < 0.2
        },
        networks={"127.0.0.0/24": "FR", "127.0.0.2/32": "DK"} if random.random() < 0.2 else {},
    )
    said = {
        "places": places,
        "overlays": random.choice(((), (), (), ("fca",), ("vulnerable",))),
        "purposes": tuple(
            random.sample(("quality", "compliance", "evidence", "fraud"), random.randint(1, 3))
        ),
    }
    number = random.choice(ABROAD)
    is_doubted = random.random() < 0.2
    known = (NOTHING, NOTHING, Known(places=("FR", "US-CA")), Known(is_vulnerable=not is_doubted))
    kind = random.choice(("flow", "flow", "in", "in", "out", "internal", "emergency"))
    return Scene(
        kind=kind,
        number="+41446681800" if kind == "out" and number == "withheld" else number,
        says_yes=random.random() < 0.5,
        is_doubted=is_doubted,
        recorder=random.choice((None, None, None, "CH")),
        known=random.choice(known),
        consent=TENANT.consent.model_copy(update=said),
    )


def customers(scene: Scene) -> KnownNumbers:
    """The stranger is a customer, or is none."""
    numbers = KnownNumbers(lambda tenant, number: f"{tenant}/{number}".encode())
    numbers.restore({f"acme/{scene.number}".encode(): scene.known} if scene.known != NOTHING else {})
    return numbers


def explained(scene: Scene) -> ConsentDecision:
    """By the words of the command line."""
    stranger, common = [scene.number], {"flow": SUPPORT, "in": CAROL}.get(scene.kind, "")
    words = {
        "flow": [*stranger, TENANT.country],
        "in": [*stranger, "extension/1003@127.0.0.1"],
        "out": ["extension/1001@127.0.0.2", *stranger],
        "internal": ["extension/1001@127.0.0.2", "extension/1003@127.0.0.1"],
        "emergency": ["extension/1001@127.0.0.2"],
    }[scene.kind]
    if scene.is_doubted and scene.kind in ("flow", "in"):
        words = [*words, "withheld"]
    consent = scene.consent
    overlays = (*consent.overlays, *(("emergency",) if scene.kind == "emergency" else ()))
    parties = parties_of(words, common, TENANT, consent.places.build(scene.recorder), customers(scene))
    return shipped_rules().resolve(parties, Stance(overlays=overlays), scene.purposes)


def dialled(scene: Scene) -> tuple[Board, LegId | None]:
    """The call as people make it, up to what its stranger hears of the recording; and who that is."""

    def change(context: CallContext) -> CallContext:
        consent = scene.consent
        return replace(
            context,
            places=consent.places.build(scene.recorder),
            overlays=consent.overlays,
            purposes=consent.purposes,
            customers=customers(scene),
            staff_acknowledged=frozenset({"1001", "1002", "1003"}),
        )

    board = Board(
        recording=RecordingRules(otherwise="flow" if scene.kind == "flow" else "always"), change=change
    )
    board.contacts = {"1003": (contact("1003"),)}
    verdict = failed(438, "a signature of another number") if scene.is_doubted else UNSIGNED
    if scene.kind in ("flow", "in"):
        board.offer(SUPPORT if scene.kind == "flow" else CAROL, number=scene.number, verdict=verdict)
    else:
        called = {"out": f"900{scene.number[1:]}", "internal": "1003", "emergency": "999"}[scene.kind]
        board.offer(called, origin=DESK)
    if scene.kind == "flow":
        board.send(LegConfirmed(leg=A))
        board.finish_prompt()
        return board, A
    callee = board.last(PlaceCall).leg
    answer(board, callee)
    board.send(LegConfirmed(leg=A))
    return board, {"in": A, "out": callee}.get(scene.kind)


def answered(board: Board, stranger: LegId, *, says_yes: bool) -> None:
    """He hears all of it, and presses 1 or nothing: then it is said once more where he is asked."""
    for _ in range(2):
        if not any(one.record.proof.party != "agent" for one in board.all(SaveConsent)):
            heard(board, stranger)
            if says_yes:
                press(board, stranger, "1")
            board.pass_time(8.5)


@pytest.mark.requirement("C-02")
@pytest.mark.requirement("C-09")
def test_explain_and_the_switchboard_agree_on_200_calls() -> None:
    random = Random(SEED)
    modes: dict[str, int] = {}
    for number in range(CALLS):
        scene = drawn(random)
        expected, (board, stranger) = explained(scene), dialled(scene)
        where = f"seed {SEED}, call {number}: {scene}"
        modes[expected.mode] = modes.get(expected.mode, 0) + 1
        said = [one for one in board.all(Play) if one.leg == stranger and not one.loop]
        if stranger is not None and len(said) > (scene.kind == "flow"):  # which has said welcome
            answered(board, stranger, says_yes=scene.says_yes)
        consents = [one.record.proof for one in board.all(SaveConsent)]
        if scene.kind == "emergency":
            assert (expected.mode, consents, board.all(StartRecording)) == ("never", [], []), where
            continue
        assert consents, where
        found = consents[0].decision
        assert (found.mode, found.rules, found.mandatory, found.withdrawal) == (
            expected.mode,
            expected.rules,
            expected.mandatory,
            expected.withdrawal,
        ), where
        asked = stranger is not None and expected.mode not in AS_TOLD
        is_kept = expected.mode != "never" and (scene.says_yes or not asked)
        assert bool(opened(board)) == is_kept, where
    assert set(modes) == {"notify", "notify_optout", "optin_one", "optin_all", "never"}
    assert min(modes.values()) >= 10, modes
