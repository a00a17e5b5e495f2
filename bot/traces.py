"""What a log may say of an unexpected error: what it was and where, never what it held.

The text of an exception and the variables around it may hold what a family wrote.
"""

from __future__ import annotations

import traceback
from pathlib import Path

import structlog

log = structlog.get_logger()


def log_fault(event: str, error: BaseException, **ids: object) -> None:
    """Write one line about an error that we did not foresee."""
    log.error(event, error=trace_of(error), **ids)


def trace_of(error: BaseException) -> str:
    """Give the kind of an error and the way to it: "KeyError at inbound.py:9 < inbox.py:8"."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    return " at ".join(filter(None, (type(error).__name__, " < ".join(reversed(places)))))
