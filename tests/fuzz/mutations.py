"""Structure-aware mutations: what a broken or hostile peer makes of a text that was once right."""

from random import Random

PIECES = (
    b"\r\n",
    b"\r",
    b"\n",
    b" ",
    b"\t",
    b"\0",
    b'"',
    b"\\",
    b"<",
    b">",
    b",",
    b";",
    b":",
    b"=",
    b"@",
    b"%00",
    b"%",
    b"[",
    b"]",
    b"*",
    b"\xff",
    b"\xc0\x80",
    "١".encode(),
    "\u212a".encode(),  # Kelvin sign: lower() makes a plain k of it
    b"\r\n ",
    b"-1",
    b"4294967296",
    b"9" * 400,
    b"a" * 5000,
    b";a" * 500,
    b"," * 500,
    b"(" * 500,
    b"<" * 500,
    b'"' * 501,
    b"\\" * 999,
    b"[::1]",
    b"sip:",
    b"SIP/2.0",
)
SEPARATORS = (b"\r\n", b";", b",", b" ", b":", b"=")
MAX_OCTETS = 70_000


def mutate(random: Random, seed: bytes, others: tuple[bytes, ...]) -> bytes:
    """Return `seed` after one to five changes; parts of `others` may be spliced in."""
    octets = seed
    for _ in range(random.randint(1, 5)):
        octets = random.choice(_CHANGES)(random, octets, others)
    return octets[:MAX_OCTETS]


def _insert(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    place = random.randint(0, len(octets))
    return octets[:place] + random.choice(PIECES) + octets[place:]


def _delete(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    place = random.randint(0, len(octets))
    return octets[:place] + octets[place + random.randint(1, 30) :]


def _flip(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    if not octets:
        return octets
    place = random.randrange(len(octets))
    return octets[:place] + bytes([random.randrange(256)]) + octets[place + 1 :]


def _parts(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    """Drop, repeat, swap or move one part between two separators: a header line, a parameter, a word."""
    separator = random.choice(SEPARATORS)
    parts = octets.split(separator)
    one, other = random.randrange(len(parts)), random.randrange(len(parts))
    match random.randrange(4):
        case 0:
            del parts[one]
        case 1:
            parts[one:one] = [parts[other]] * random.choice((1, 2, 70))
        case 2:
            parts[one], parts[other] = parts[other], parts[one]
        case _:
            foreign = random.choice(others).split(separator)
            parts.insert(one, random.choice(foreign))
    return separator.join(parts)


def _number(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    """Put another number in the place of one."""
    places = [place for place, octet in enumerate(octets) if 0x30 <= octet <= 0x39]
    if not places:
        return octets
    place = random.choice(places)
    number = random.choice((b"0", b"-1", b"00000", b"2147483648", b"65536", b"1e9", b"0x10", "٣".encode()))
    return octets[:place] + number + octets[place + 1 :]


def _case(random: Random, octets: bytes, others: tuple[bytes, ...]) -> bytes:
    return octets.swapcase() if random.random() < 0.5 else octets.upper()


_CHANGES = (_insert, _insert, _delete, _flip, _flip, _parts, _parts, _parts, _number, _case)
