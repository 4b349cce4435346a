"""Checks an evidence pack. Needs Python 3.11 and the package `cryptography`; no network, database or PBX.

    python -I verify.py [--key HEX] [--wav FILE] [FOLDER]

One line per check, yes or no; exit code 0 when all say yes. A pack with part.json has a part of the sound, in
chunks that are proved one by one. Source: RFC 6962, RFC 8785, RFC 9639, C2SP signed-note, tlog-proof and age.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_FILE = 64 << 20  # of everything but the sound
BLOCK = 1 << 20
MAX_HEADER = 64 * 1024
MAX_PART = 256 << 20
FLAC_BLOCK, FLAC_HEAD = 4096, 15  # samples of a frame; octets in which its number stands


class Wrong(Exception):
    """What a check found."""


class Pack:
    """The files of a pack and what was already found to be right."""

    def __init__(self, folder: Path, key: str, wav: Path | None) -> None:
        self._folder, self._given, self._wav = folder, key, wav

    def checks(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield every check with its name; each stands for itself."""
        yield "the signing key is the one that you were given", self.key
        yield "the manifest was signed by this key", self.manifest_signature
        if (self._folder / "part.json").exists():
            yield "each chunk stands at its place in the signed recording", self.chunks
            yield "the chunks hold the samples that are told, and no more", self.samples
            yield "the listening copy is cut from the chunks", self.copy
            yield "the log says that these chunks were given out", self.given
        else:
            yield "the encrypted recording is the one of the manifest", self.recording
        yield "the log's checkpoint was signed by this key", self.checkpoint
        yield "the manifest was entered in the log, in its place", self.entry
        yield "every line of the access log stands in the log", self.access
        yield "the consents are of this call, and those of the manifest", self.consents
        if self._wav is not None:
            yield "the decrypted sound is the one of the manifest", self.sound

    def key(self) -> None:
        if not self._given:
            raise Wrong("give it with --key; it must not come out of this pack")
        if self._key().hex() != self._given.lower():
            raise Wrong("it is another one")

    def manifest_signature(self) -> None:
        self._check_signature(bytes.fromhex(self._text("manifest.sig").strip()), self._read("manifest.json"))

    def recording(self) -> None:
        manifest = self._manifest()
        with (self._folder / "recording.age").open("rb") as file:
            header = file.read(MAX_HEADER)
            end = header.find(b"\n", header.find(b"\n--- ") + 1) + 1
            if not header.startswith(b"age-encryption.org/v1\n") or end <= 0:
                raise Wrong("it is no age file")
            file.seek(end)
            size, digest = _hash(iter(lambda: file.read(BLOCK), b""))
        if (size, digest) != (manifest["size"], manifest["sha256_cipher"]):
            raise Wrong(f"it has {size} octets and SHA-256 {digest}")

    def chunks(self) -> None:
        tree, said, octets = self._manifest()["plain_tree"], self._part(), self._octets()
        size, root = tree["chunk"], bytes.fromhex(tree["root"])
        pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
        if not pieces or len(pieces) != len(said["paths"]):
            raise Wrong("there are as many chunks as proofs in a whole pack, and one at least")
        for number, (piece, path) in enumerate(zip(pieces, said["paths"], strict=True), said["chunk"]):
            is_whole = len(piece) == size or number == tree["chunks"] - 1
            nodes = [bytes.fromhex(node) for node in path]
            if not is_whole or _root(piece, number, tree["chunks"], nodes) != root:
                raise Wrong(f"chunk {number} is not in the recording")

    def samples(self) -> None:
        said, manifest = self._part(), self._manifest()
        told, copied, _ = _stretches(manifest, said, self._octets())
        names = (said["recording"], said["rate"], said["told"], said["copied"])
        if names != (manifest["recording"], manifest["sample_rate"], list(told), list(copied)):
            raise Wrong(f"they are {told[0]} to {told[1]}, at {manifest['sample_rate']} a second")

    def copy(self) -> None:
        said, manifest, octets = self._part(), self._manifest(), self._octets()
        _, copied, place = _stretches(manifest, said, octets)
        low = said["chunk"] * manifest["plain_tree"]["chunk"]
        sound = octets[place[0] - low : place[1] - low]
        name = "part.flac" if manifest["codec"] == "FLAC" else "part.wav"
        if self._read(name, MAX_PART + MAX_HEADER) != _copy_header(manifest, copied, len(sound)) + sound:
            raise Wrong(f"{name} is something else")

    def given(self) -> None:
        said, digest = self._part(), hashlib.sha256(self._octets()).hexdigest()
        for line in json.loads(self._text("access-log.json")):
            entry = self._included(line)
            wanted = f"{said['chunk']}-{said['chunk'] + len(said['paths']) - 1}", digest
            found = entry["details"].get("chunks"), entry["details"].get("sha256")
            if (entry["kind"], found) == ("recording.part_given", wanted):
                return
        raise Wrong("it says nothing of them")

    def checkpoint(self) -> None:
        note = self._proof()[2]
        text, _, signatures = note.partition(b"\n\n")
        origin = text.split(b"\n")[0]
        if origin.decode() != "pbx-audit/" + hashlib.sha256(self._key()).hexdigest()[:16]:
            raise Wrong("it is of another log")
        wanted = hashlib.sha256(origin + b"\n\x01" + self._key()).digest()[:4]
        for line in signatures.decode().splitlines():
            octets = base64.b64decode(line.split(" ")[-1])
            if octets[:4] == wanted:
                return self._check_signature(octets[4:], text + b"\n")
        raise Wrong("its signature is missing")

    def entry(self) -> None:
        index, path, _ = self._proof()
        entry = json.loads(self._text("entry.json"))
        said = self._included({**entry, "index": index, "path": [node.hex() for node in path]})
        digest = hashlib.sha256(self._read("manifest.json")).hexdigest()
        if said["kind"] != "recording.finished" or said["details"].get("manifest_sha256") != digest:
            raise Wrong("the entry is about another manifest")

    def access(self) -> None:
        recording = self._manifest()["recording"]
        for line in json.loads(self._text("access-log.json")):
            said = self._included(line)
            if said["details"].get("recording") != recording:
                raise Wrong(f"entry {line['index']} is about another recording")

    def consents(self) -> None:
        manifest, given = self._manifest(), json.loads(self._text("consents.json"))
        if any(one["call"] != manifest["call"] for one in given):
            raise Wrong("one is of another call")
        hashes = {one["consent"]: hashlib.sha256(_canonical(one)).hexdigest() for one in given}
        for named in manifest.get("consents", []):  # version 1 names none
            if hashes.get(named["id"]) != named["sha256"]:
                raise Wrong(f"{named['id']} is missing or was changed")

    def sound(self) -> None:
        if self._wav is None:
            return
        manifest = self._manifest()
        with self._wav.open("rb") as file:
            digest = _hash(iter(lambda: file.read(BLOCK), b""))[1]
            file.seek(0)
            tree = manifest.get("plain_tree")  # versions 1 to 3 have none
            root = _tree_root(iter(lambda: file.read(tree["chunk"]), b"")) if tree else b""
        if digest != manifest["sha256_plain"]:
            raise Wrong(f"its SHA-256 is {digest}")
        if tree and root.hex() != tree["root"]:
            raise Wrong(f"the root over its chunks is {root.hex()}")

    def _included(self, line: dict[str, Any]) -> Any:
        """Return what an entry says, if it stands at its index in the tree of the checkpoint."""
        payload, index = line["payload"].encode(), int(line["index"])
        entry = hashlib.sha256(bytes.fromhex(line["salt"]) + payload).digest()
        _, size, root = self._proof()[2].split(b"\n")[:3]
        path = [bytes.fromhex(node) for node in line["path"]]
        if _root(entry, index, int(size), path) != base64.b64decode(root):
            raise Wrong(f"entry {index} is not in the log")
        said = json.loads(payload)
        if said["position"] != index:
            raise Wrong(f"entry {index} belongs to another place")
        return said

    def _proof(self) -> tuple[int, list[bytes], bytes]:
        head, _, note = self._read("log.tlog-proof").partition(b"\n\n")
        lines = head.decode().split("\n")
        if lines[0] != "c2sp.org/tlog-proof@v1" or not lines[1].startswith("index "):
            raise Wrong("log.tlog-proof is no proof")
        return int(lines[1][6:]), [base64.b64decode(line) for line in lines[2:]], note

    def _part(self) -> Any:
        return json.loads(self._text("part.json"))

    def _octets(self) -> bytes:
        return self._read("part.chunks", MAX_PART)

    def _manifest(self) -> Any:
        return json.loads(self._text("manifest.json"))

    def _key(self) -> bytes:
        return bytes.fromhex(json.loads(self._text("keys.json"))["signing_key"])

    def _check_signature(self, signature: bytes, octets: bytes) -> None:
        try:
            Ed25519PublicKey.from_public_bytes(self._key()).verify(signature, octets)
        except InvalidSignature:
            raise Wrong("the signature does not fit") from None

    def _text(self, name: str) -> str:
        return self._read(name).decode()

    def _read(self, name: str, limit: int = MAX_FILE) -> bytes:
        path = self._folder / name
        if path.stat().st_size > limit:
            raise Wrong(f"{name} is too large")
        return path.read_bytes()


Stretch = tuple[int, int]


def _stretches(manifest: Any, part: Any, octets: bytes) -> tuple[Stretch, Stretch, Stretch]:
    """Return the samples of which any octet is in the chunks, those that can be heard, and where they lie."""
    tree, n_channels = manifest["plain_tree"], len(manifest["channels"])
    size = manifest["size"] - 16 - 16 * tree["chunks"]  # of the plaintext: without age's nonce and tags
    low, n_samples = part["chunk"] * tree["chunk"], manifest["samples"] * (manifest["sample_rate"] // 8000)
    if manifest["codec"] == "FLAC":
        return _frames((low, size, n_samples), part, octets)
    block, high = n_channels * manifest["bits"] // 8, low + len(octets)
    head = 58 if size - 8 < 0xFFFFFFFF else 94  # of RIFF or RF64
    n_behind = size - head - n_samples * block
    if (n_behind > 0) != (manifest["gaps_omitted"] > 0) or n_behind < 0:
        raise Wrong("the manifest belongs to another sound")
    told = max(0, (low - head) // block), min(n_samples, -((head - high) // block))
    copied = max(0, -((head - low) // block)), min(n_samples, (high - head) // block)
    return told, copied, (head + copied[0] * block, head + copied[1] * block)


def _frames(whole: tuple[int, int, int], part: Any, octets: bytes) -> tuple[Stretch, Stretch, Stretch]:
    """The same of FLAC, whose frames have numbers (RFC 9639 §9.1.5): those that are named stand there."""
    (low, size, n_samples), (first, last), (at, end) = whole, part["frames"], part["place"]
    n_frames, is_end = -(-n_samples // FLAC_BLOCK), low + len(octets) == size
    is_named = _is_frame(octets, at - low, first) and (is_end or _is_frame(octets, end - low, last))
    if not is_named or is_end != (last == n_frames) or (is_end and end != size) or not first < last:
        raise Wrong("the frames that are named do not stand there")
    places = [sync.start() for sync in re.finditer(b"\xff\xf8", octets)]
    if any(_is_frame(octets, one, number) for one in places for number in (first - 1, last + 1)):
        raise Wrong("there are more frames than are told")
    told = first - (first > 0 and at > low), min(n_frames, last + 1)
    ends = [min(n_samples, number * FLAC_BLOCK) for number in (*told, first, last)]
    return (ends[0], ends[1]), (ends[2], ends[3]), (at, end)


def _is_frame(octets: bytes, at: int, number: int) -> bool:
    """Whether the header of this frame begins here (RFC 9639 §9.1): sync code, number and CRC-8."""
    if at < 0 or at + FLAC_HEAD > len(octets) or octets[at : at + 2] != b"\xff\xf8" or number < 0:
        return False
    coded = chr(number).encode("utf-8", "surrogatepass") if number < 0x110000 else b""
    end = at + 4 + len(coded) + {6: 1, 7: 2}.get(octets[at + 2] >> 4, 0)
    end += {12: 1, 13: 2, 14: 2}.get(octets[at + 2] & 15, 0)
    crc = 0
    for octet in octets[at:end]:
        crc ^= octet
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return bool(coded) and octets[at + 4 : at + 4 + len(coded)] == coded and octets[end] == crc


def _copy_header(manifest: Any, copied: Stretch, n_octets: int) -> bytes:
    """Return what stands before the sound of a listening copy."""
    n_samples, rate, bits = copied[1] - copied[0], manifest["sample_rate"], manifest["bits"]
    n_channels = len(manifest["channels"])
    if manifest["codec"] == "FLAC":
        form: int = rate << 44 | (n_channels - 1) << 41 | (bits - 1) << 36 | n_samples
        sizes = FLAC_BLOCK.to_bytes(2, "big") * 2 + bytes(6)
        return b"fLaC\x80\0\0\x22" + sizes + form.to_bytes(8, "big") + bytes(16)
    block = n_channels * bits // 8
    number = {"L16": 1, "PCMA": 6, "PCMU": 7}[manifest["codec"]]
    told = struct.pack("<4sIHHIIHHH", b"fmt ", 18, number, n_channels, rate, block * rate, block, bits, 0)
    start = struct.pack("<4sI4s", b"RIFF", 50 + n_octets, b"WAVE")
    return start + told + struct.pack("<4sII4sI", b"fact", 4, n_samples, b"data", n_octets)


def _root(entry: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """Return the root that a path leads to (RFC 9162 §2.1.3.2); None when it cannot be one."""
    if not 0 <= index < size:
        return None
    node, at, last = hashlib.sha256(b"\0" + entry).digest(), index, size - 1
    for other in path:
        if last == 0:
            return None
        left = bool(at % 2 or at == last)
        node = hashlib.sha256(b"\1" + (other + node if left else node + other)).digest()
        while left and at % 2 == 0 and at:
            at, last = at >> 1, last >> 1
        at, last = at >> 1, last >> 1
    return node if last == 0 else None


def _tree_root(chunks: Iterator[bytes]) -> bytes:
    """Return the Merkle tree hash over chunks (RFC 6962 §2.1): whole subtrees, then their bridges."""
    whole: list[tuple[int, bytes]] = []  # level and hash, the largest first
    for chunk in chunks:
        level, node = 0, hashlib.sha256(b"\0" + chunk).digest()
        while whole and whole[-1][0] == level:
            level, node = level + 1, hashlib.sha256(b"\1" + whole.pop()[1] + node).digest()
        whole.append((level, node))
    if not whole:
        return hashlib.sha256().digest()
    root = whole.pop()[1]
    while whole:
        root = hashlib.sha256(b"\1" + whole.pop()[1] + root).digest()
    return root


def _canonical(value: object) -> bytes:
    """What RFC 8785 makes of texts and integers under names in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _hash(blocks: Iterator[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for block in blocks:
        size += len(block)
        digest.update(block)
    return size, digest.hexdigest()


def main(words: list[str]) -> int:
    """Check a pack and return the exit code."""
    parser = argparse.ArgumentParser(description="Checks an evidence pack without network or database")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).parent)
    parser.add_argument("--key", default="", help="the signing key, from a source that is not this pack")
    parser.add_argument("--wav", type=Path, help="the sound as `age -d` wrote it")
    given = parser.parse_args(words)
    bad = 0
    for name, check in Pack(given.folder, given.key, given.wav).checks():
        reason = ""
        try:
            check()
        except Wrong as wrong:
            reason = str(wrong)
        except Exception as error:  # whatever a forger wrote, the other checks are made
            reason = f"it cannot be read ({type(error).__name__})"
        bad += bool(reason)
        sys.stdout.write(f"{'no ' if reason else 'yes'}  {name}{': ' + reason if reason else ''}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
