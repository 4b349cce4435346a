"""A process that puts one file into an S3 bucket when its stdin ends, to be killed while it does.

python -m tests.integration.one_upload ENDPOINT BUCKET KEY FILE PART
"""

import asyncio
import sys
from hashlib import file_digest
from pathlib import Path

from pbx.core.secret import Secret
from pbx.recording.io import s3_parts
from pbx.recording.io.s3_store import S3Store


def main(endpoint: str, bucket: str, key: str, path: Path, part: int) -> None:
    sys.stdin.read()
    s3_parts.PART = part
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    store = S3Store(endpoint=endpoint, bucket=bucket, access_key="key", secret_key=Secret("secret"))
    assert asyncio.run(store.put_file(key, path, digest))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]), int(sys.argv[5]))
