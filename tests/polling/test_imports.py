"""What a process that polls holds in memory though it does not need it."""

from __future__ import annotations

import subprocess
import sys


def test_polling_imports_nothing_that_only_signing_and_buckets_need() -> None:
    """A daemon waits nearly all the time, and each of these takes megabytes."""
    needless = ("cryptography", "boto3", "rfc3161_client", "sqlite_utils", "jinja2")
    code = "import sys, archiver.polling.daemon\nprint(sorted(set(sys.argv[1:]) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code, *needless], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
