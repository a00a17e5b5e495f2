"""Know whether this process is the only server on a SQLite file."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from sqlalchemy import make_url


def hold_alone(url: str) -> IO[str] | None:
    """Hold the file beside a SQLite database for as long as this process lives.

    None when another process holds it, and for databases that several processes may share.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    held = Path(f"{parsed.database}.lock").open("w", encoding="ascii")  # noqa: SIM115 - kept open
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        held.close()
        return None
    return held
