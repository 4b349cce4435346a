"""Asterisk configurations of three sizes, written for these tests: no one of them was anybody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DEPARTMENTS = ("sales", "support", "billing", "care", "workshop", "hotline")
SECRET = "Qf7-{}-x9Lm2TzKw4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many telephones there are, and departments of them."""

    telephones: int
    departments: int


SMALL, MIDDLE, LARGE = (
    Size(telephones=10, departments=1),
    Size(telephones=60, departments=3),
    Size(telephones=200, departments=6),
)


def write_asterisk(folder: Path, size: Size) -> Path:
    """Write the files below a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [1001 + i for i in range(size.telephones)]
    names = DEPARTMENTS[: size.departments]
    members = {name: numbers[i :: size.departments][:8] for i, name in enumerate(names)}
    files = {
        "indications.conf": "[general]\ncountry=uk\n",
        "rtp.conf": "[general]\nrtpstart=10001\nrtpend=20000\n",
        "pjsip.conf": "\n".join(_pjsip(numbers)),
        "voicemail.conf": "\n".join(("[default]", *(f"{n} => 4{n},Person {n}" for n in numbers))),
        "res_parking.conf": "[default]\nparkext => 700\nparkpos => 701-720\nparkingtime => 45",
        "queues.conf": "\n".join(_queues(members)),
        "extensions.conf": "\n".join(_extensions(numbers, members)),
    }
    for name, text in files.items():
        (folder / name).write_text(text + "\n")
    return folder


def _pjsip(numbers: list[int]) -> Iterator[str]:
    yield """\
[transport-udp]
type=transport
protocol=udp
bind=0.0.0.0:5080

[phone](!)
type=endpoint
context=from-internal
disallow=all
allow=alaw,ulaw,g722        ; what the telephones speak
direct_media=no

[phone-auth](!)
type=auth
auth_type=userpass

[phone-aor](!)
type=aor
max_contacts=2

;-- the carrier
   of the house --;
[carrier]
type=registration
outbound_auth=carrier-auth
server_uri=sip:sip.carrier.example
client_uri=sip:44163296@sip.carrier.example

[carrier-auth]
type=auth
auth_type=userpass
username=44163296
password=Wd8!k2Lq0-Rt5vB

[carrier]
type=aor
contact=sip:sip.carrier.example:5060

[carrier]
type=endpoint
context=from-trunk
outbound_auth=carrier-auth
aors=carrier

[carrier]
type=identify
endpoint=carrier
match=198.51.100.10,198.51.100.11
"""
    for number in numbers:
        yield f"""\
[{number}](phone)
auth={number}
aors={number}
callerid="Person {number}" <{number}>
mailboxes={number}@default

[{number}](phone-auth)
username={number}
password={SECRET.format(number)}

[{number}](phone-aor)
"""


def _queues(members: dict[str, list[int]]) -> Iterator[str]:
    yield "[general]\npersistentmembers=yes\n"
    for name, who in members.items():
        yield f"[{name}]\nstrategy=ringall"
        yield from (f"member => PJSIP/{number}" for number in who)


def _extensions(numbers: list[int], members: dict[str, list[int]]) -> Iterator[str]:
    yield """\
[general]
static=yes

[globals]
RINGTIME=20

[from-internal]
include => outbound
exten => _1XXX,1,NoOp(${EXTEN})
 same => n,Dial(PJSIP/${EXTEN},${RINGTIME},tT)
 same => n,VoiceMail(${EXTEN}@default,u)
 same => n,Hangup()
exten => 600,1,Answer()
 same => n,Playback(demo-echotest)
 same => n,Echo()
 same => n,Hangup()
exten => *97,1,VoiceMailMain(${CALLERID(num)}@default)
exten => 6000,1,ConfBridge(6000)
exten => 6002,1,Page(PJSIP/1001&PJSIP/1002,i)
 same => n,Park()
 same => n,Hangup()
exten => 700,1,Park()
exten => 6001,1,Directory(default,from-internal,f)
 same => n,Playback(vm-goodbye)

[outbound]
exten => _9.,1,Dial(PJSIP/${EXTEN:1}@carrier,60)
exten => _9.,n,Congestion()

[sub-ring]
exten => s,1,Dial(PJSIP/${ARG1},${ARG2})
 same => n,Goto(s-${DIALSTATUS},1)
exten => s-BUSY,1,VoiceMail(${ARG1}@default,b)
 same => n,Return()
exten => _s-.,1,VoiceMail(${ARG1}@default,u)
 same => n,Return()

[from-trunk]
exten => 01632960100,1,Answer()
 same => n,GotoIfTime(09:00-17:29,mon-fri,*,*?open:shut)
 same => n(open),GotoIfTime(*,*,25-26,dec?shut:main,s,1)
 same => n(shut),Playback(custom/closed&vm-goodbye)
 same => n,Hangup()
exten => 01632960101,1,Dial(PJSIP/1001,25)
 same => n,Hangup()
exten => 01632960102,1,Gosub(sub-ring,s,1(1002,15))
 same => n,Hangup()
exten => 01632960103,1,Dial(PJSIP/1003&PJSIP/1004,30)
 same => n,GotoIf($["${DIALSTATUS}" = "BUSY"]?busy)
 same => n,VoiceMail(1003@default,u)
 same => n(busy),Busy(10)
exten => 01632960104,1,Read(order,custom/enter-order,6,,2,8)
 same => n,GotoIf($["${order}" = "424242"]?known:unknown)
 same => n(known),SayDigits(${order})
 same => n,Goto(main,s,1)
 same => n(unknown),AGI(lookup.py,${order})
 same => n,Hangup(21)
exten => _0163296019X,1,Goto(main,s,1)
exten => s,1,Congestion()

[main]
exten => s,1,Answer()
 same => n(again),Background(custom/welcome)
 same => n,WaitExten(6)
exten => i,1,Playback(pbx-invalid)
 same => n,Goto(s,again)
exten => t,1,Goto(0,1)
exten => 0,1,Dial(PJSIP/1001,20)
 same => n,VoiceMail(1001@default,u)
 same => n,Hangup()"""
    for key, name in enumerate(members, 1):
        yield f"exten => {key},1,Queue({name},t,,,40)"
        yield f" same => n,VoiceMail({members[name][0]}@default,u)"
        yield " same => n,Hangup()"
    for number in numbers[4:]:
        called = f"0163296{1000 + number - 1001 + 1000}"
        yield f"[from-trunk](+)\nexten => {called},1,Gosub(sub-ring,s,1({number},20))\n same => n,Hangup()"
