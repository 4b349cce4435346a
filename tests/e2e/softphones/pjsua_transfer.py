"""PJSIP as a transferor: is called, consults where it is told to, transfers, and reports what it was told.

`digits` is "blind" or "attended", `number` the target.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pjsua2

from tests.e2e.softphones.pjsua import Account, Call, _account_config, _endpoint, _Pump, _taken
from tests.e2e.softphones.script import ANSWER_S, CALL_S, REGISTER_S, Orders, orders, tone_pcm, write_wav


class Transferor(Call):
    """Remembers each status of its transfer."""

    statuses: tuple[int, ...] = ()

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Take what a NOTIFY says."""
        self.statuses = (*self.statuses, int(prm.statusCode))

    def is_settled(self) -> bool:
        """Whether the outcome is known."""
        return bool(self.statuses) and self.statuses[-1] >= 200


class Called(Account):
    """Makes a transferor of a call that comes in."""

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """Answer; PJSIP refuses a call that has no object when this returns."""
        self.called = Transferor(self, prm.callId)
        taken = pjsua2.CallOpParam(True)
        taken.statusCode = pjsua2.PJSIP_SC_OK
        self.called.answer(taken)


def main(order: Orders) -> None:
    """Carry out the orders."""
    endpoint = _endpoint(order.ca)
    try:
        statuses = _run(endpoint, order)
    finally:
        endpoint.libDestroy()
    sys.stdout.write(json.dumps({"statuses": statuses}) + "\n")


def _run(endpoint: Any, order: Orders) -> list[int]:
    said = Path(order.heard).with_suffix(".said.wav")
    write_wav(said, tone_pcm(order.tone_hz, 1.0))
    player, recorder = pjsua2.AudioMediaPlayer(), pjsua2.AudioMediaRecorder()
    player.createPlayer(str(said))
    recorder.createRecorder(order.heard)
    account = Called(player, recorder)
    account.create(_account_config(order))
    pump = _Pump(endpoint)
    pump.until(account.is_registered, REGISTER_S)
    call = _taken(account, pump)
    pump.until(call.is_up, ANSWER_S)
    consultation = None
    if order.digits == "attended":
        consultation = Call(account)
        consultation.makeCall(f"sip:{order.number}@acme.example", pjsua2.CallOpParam(True))
        pump.until(consultation.is_up, CALL_S)
        call.xferReplaces(consultation, pjsua2.CallOpParam(True))
    else:
        call.xfer(f"<sip:{order.number}@acme.example>", pjsua2.CallOpParam(True))
    assert isinstance(call, Transferor)
    pump.until(call.is_settled, CALL_S)
    pump.until(call.is_over, CALL_S)
    if consultation is not None:
        pump.until(consultation.is_over, CALL_S)
    statuses = list(call.statuses)
    account.shutdown()
    del pump, call, consultation, account, player, recorder
    return statuses


if __name__ == "__main__":
    main(orders())
