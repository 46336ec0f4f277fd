"""What the daemon tells while it works: one event a line, as text or JSON, control characters written out."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from archiver.config import Logging

_QUIET = ("apscheduler", "urllib3", "requests")  # their debug output names whole addresses


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The event: time, level, logger, message, and the fault's traceback where there is one."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        if record.exc_info:
            said["fault"] = self.formatException(record.exc_info)
        return json.dumps(said)


class TextLines(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """Level and message, every control character escaped, so that a name cannot forge a line."""
        message = record.getMessage().encode("unicode_escape").decode("ascii")
        fault = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return f"{record.levelname.lower()}: {message}{fault}"


def log_to_stderr(settings: Logging) -> None:
    """Send what is logged to standard error, in the form the configuration asks for."""
    as_text = settings.format == "text" or (settings.format == "auto" and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(TextLines() if as_text else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
