"""Sentences of the sound files that come with Asterisk; others are said by their name until recorded."""

_CORE = {
    "agent-pass": "Please enter your password followed by the pound key.",
    "all-reps-busy": "All of our representatives are busy at this time.",
    "conf-onlyperson": "You are currently the only person in this conference.",
    "demo-congrats": "Congratulations. You have successfully installed the Asterisk open source PBX.",
    "demo-echotest": "You are about to enter an echo test.",
    "demo-echodone": "The echo test has been completed.",
    "demo-thanks": "Thank you for trying out the Asterisk open source PBX.",
    "goodbye": "Goodbye.",
    "hello": "Hello.",
    "hello-world": "Hello world.",
    "invalid": "I am sorry, that is not a valid extension.",
    "pbx-invalid": "I am sorry, that is not a valid extension. Please try again.",
    "please-try-again": "Please try again.",
    "pls-hold-while-try": "Please hold while I try that extension.",
    "privacy-unident": "The party you are trying to reach does not accept unidentified calls.",
    "ss-noservice": "The number you have dialed is not in service.",
    "thank-you-for-calling": "Thank you for calling.",
    "thank-you-cooperation": "Thank you for your cooperation.",
    "transfer": "Please hold while I try that extension.",
    "tt-allbusy": "All representatives are busy.",
    "tt-monkeys": "Monkeys.",
    "vm-goodbye": "Goodbye.",
    "vm-nobodyavail": "Nobody is available to take your call at the moment.",
    "welcome": "Welcome.",
}
_SILENT = ("beep", "silence/", "beeperr")


def sentence_of(file: str) -> tuple[str, bool]:
    """Return what a sound file says, and whether that is known; "" = nothing is said."""
    name = file.strip().removesuffix(".wav")
    if not name or name.startswith(_SILENT):
        return "", True
    if name in _CORE:
        return _CORE[name], True
    words = name.rpartition("/")[2].replace("-", " ").replace("_", " ").strip()
    return f"{words[:1].upper()}{words[1:]}."[:200], False
