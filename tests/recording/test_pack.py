"""The files of a pack."""

import json

from pbx.recording.log import commitment, includes, tree_of
from pbx.recording.manifest import schema
from pbx.recording.pack import Entry, Evidence, files
from pbx.recording.signed_note import parse_proof

MANIFEST = b'{"v":1}'
LINES = [Entry(index=n, salt=bytes([n]) * 16, payload=b'{"n":%d}' % n) for n in range(5)]


def test_every_line_comes_with_its_proof() -> None:
    tree = tree_of([commitment(line.salt, line.payload) for line in LINES])
    evidence = Evidence(
        recording="rec-1",
        manifest=MANIFEST,
        signature=b"\1" * 64,
        finished=LINES[1],
        access=[LINES[1], LINES[4]],
        consents=[{"call": "c"}],
        tree=tree,
        note=b"note\n",
        public_key=bytes(32),
        origin="pbx-audit/1",
    )
    made = files(evidence)
    index, path, note = parse_proof(made["log.tlog-proof"])
    head = (5, tree.root())
    assert note == b"note\n"
    assert includes(commitment(LINES[1].salt, LINES[1].payload), index, head, path)
    for line in json.loads(made["access-log.json"]):
        entry = commitment(bytes.fromhex(line["salt"]), line["payload"].encode())
        assert includes(entry, line["index"], head, [bytes.fromhex(node) for node in line["path"]])
    assert (made["manifest.json"], made["manifest.sig"]) == (MANIFEST, b"01" * 64 + b"\n")
    assert json.loads(made["keys.json"]) == {"signing_key": "00" * 32, "log": "pbx-audit/1"}
    assert made["manifest.schema.json"] == schema(1)
    assert b"recording rec-1" in made["READ-ME.txt"]
    assert set(json.loads(made["entry.json"])) == {"salt", "payload"}
