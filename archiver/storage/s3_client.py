"""The client of a bucket: made of the configuration alone, with short patience and nothing of the environment."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from archiver.config_stores import Store
from archiver.errors import AuthError
from archiver.references import credentials_folder, resolved

Client = Any  # boto3 has no type information

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 5, 30, 3
_FROM_ELSEWHERE = ("profile", "region", "ca_bundle", "config_file", "credentials_file")
_MEANS = "Nothing is copied to the store; everything stays on this machine's disk, and nothing is lost."


def connect(
    options: Store, environ: Mapping[str, str], ca_bundle: Path | None, *, read_seconds: float = READ_SECONDS
) -> Client:
    """A client for the store's bucket; nothing is sent yet. Raises AuthError where its credential is not there."""
    key, secret = _key(options, environ)
    return _client(options, key, secret, ca_bundle, read_seconds)


@lru_cache(maxsize=16)  # making one takes half a second of reading what the service knows
def _client(options: Store, key: str, secret: str, ca_bundle: Path | None, read_seconds: float) -> Client:
    import boto3  # imported here: only who has such a store pays for it
    from botocore.config import Config
    from botocore.session import Session

    for name in ("boto3", "botocore"):  # their debug output tells what is signed, and with what
        logging.getLogger(name).setLevel(logging.WARNING)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        proxies={},
        s3={"addressing_style": "path" if options.endpoint else "virtual"},
        signature_version="s3v4",
        request_checksum_calculation="when_supported" if options.checksums else "when_required",
        response_checksum_validation="when_required",  # what is read is compared by SHA-256 anyway
        ignore_configured_endpoint_urls=True,
    )
    # Neither the environment nor files of whoever runs us say anything of the store.
    session = Session(session_vars=dict.fromkeys(_FROM_ELSEWHERE, (None, None, None, None)))
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    return boto3.Session(botocore_session=session).client(
        "s3",
        region_name=options.region,
        endpoint_url=options.endpoint or None,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        verify=str(ca_bundle) if ca_bundle else True,
        config=config,
    )


def _key(options: Store, environ: Mapping[str, str]) -> tuple[str, str]:
    found = resolved(options.credential, environ, credentials_folder(environ), means=_MEANS)
    key, _, secret = found.reveal().partition(":")
    if not key or not secret:
        raise AuthError(
            f"The credential {found.reference} is not a key for a bucket.",
            means=_MEANS,
            do="Write it as KEY-ID:SECRET-KEY, in one line.",
        )
    return key, secret
