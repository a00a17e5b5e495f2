"""One server at a time owns a SQLite outbox."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bot.storage.alone import hold_alone

HOLDS = """
import sys
from bot.storage.alone import hold_alone
sys.exit(hold_alone(sys.argv[1]) is None)
"""


def test_a_second_process_does_not_hold_what_the_first_holds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'carnet.db'}"
    held = hold_alone(url)
    assert held is not None
    assert subprocess.run([sys.executable, "-c", HOLDS, url], check=False).returncode == 1
    held.close()
    assert subprocess.run([sys.executable, "-c", HOLDS, url], check=False).returncode == 0


def test_a_shared_database_is_never_held() -> None:
    assert hold_alone("postgresql://localhost/carnet") is None
