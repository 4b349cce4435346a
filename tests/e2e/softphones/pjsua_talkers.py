"""PJSIP (pjsua2) as up to four telephones at once; its build has room for no more calls."""

from typing import Any

import pjsua2

from tests.e2e.softphones.pjsua import Account, _account_config, _endpoint, _placed, _Pump
from tests.e2e.softphones.script import ANSWER_S, CALL_S, REGISTER_S, Orders, ready
from tests.e2e.softphones.talkers import (
    PJSUA_TALKERS,
    TALK_S,
    Talker,
    TalkOrders,
    heard_file,
    said_file,
    talk_orders,
)


def main(orders: TalkOrders) -> None:
    """Carry out the orders; every Call and Account is gone before the library is."""
    assert len(orders.talkers) <= PJSUA_TALKERS
    endpoint = _endpoint("")
    try:
        _run(_Pump(endpoint), orders)
    finally:
        endpoint.libDestroy()


def _run(pump: _Pump, orders: TalkOrders) -> None:
    talkers = orders.talkers
    accounts = [_account(orders, talker) for talker in talkers]
    pump.until(lambda: all(account.registered for account in accounts), REGISTER_S)
    ready()
    calls = [
        _placed(account, _order(orders, talker))
        for account, talker in zip(accounts, talkers, strict=True)
        if talker.number
    ]
    pump.until(lambda: all(call.is_up() for call in calls), ANSWER_S)
    if calls:
        pump.for_s(TALK_S)
        for call in calls:
            call.hangup(pjsua2.CallOpParam(True))
    else:
        pump.until(lambda: all(account.is_called() for account in accounts), CALL_S)
        calls = [account.called for account in accounts if account.called is not None]
    pump.until(lambda: all(call.is_over() for call in calls), CALL_S)
    for account in accounts:
        account.called = None
        account.shutdown()
        del account.sound


def _order(orders: TalkOrders, talker: Talker) -> Orders:
    return Orders(
        host="127.0.0.1",
        user=talker.user,
        password=talker.password,
        port=orders.port,
        number=talker.number,
        tone_hz=0.0,
        digits="",
        heard="",
    )


def _account(orders: TalkOrders, talker: Talker) -> Account:
    player, recorder = pjsua2.AudioMediaPlayer(), pjsua2.AudioMediaRecorder()
    player.createPlayer(str(said_file(orders.folder, talker)))
    recorder.createRecorder(str(heard_file(orders.folder, talker.user)))
    account = Account(player, recorder)
    config = _account_config(_order(orders, talker))
    _secure(config.mediaConfig, talker.security)
    account.create(config)
    return account


def _secure(media: Any, security: str) -> None:
    if security == "plain":
        return
    media.srtpUse = pjsua2.PJMEDIA_SRTP_MANDATORY
    media.srtpSecureSignaling = 0  # the keys may go by UDP here
    keying = pjsua2.PJMEDIA_SRTP_KEYING_DTLS_SRTP if security == "dtls" else pjsua2.PJMEDIA_SRTP_KEYING_SDES
    options = pjsua2.SrtpOpt()
    options.keyings.append(keying)
    if security not in ("sdes", "dtls"):
        suite = pjsua2.SrtpCrypto()
        suite.name = security
        options.cryptos.append(suite)
    media.srtpOpt = options


if __name__ == "__main__":
    main(talk_orders())
