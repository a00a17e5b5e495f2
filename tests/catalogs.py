"""`make catalogs`: read the sayings out of the code again and bring every catalog in line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
KEYWORDS = ("say", "Say", "say_n:1,2", "_")


def main() -> None:
    """Extract, then update; a changed saying becomes fuzzy until someone has looked at it."""
    keywords = [part for one in KEYWORDS for part in ("-k", one)]
    pot = "bot/locales/parents.pot"
    _babel(
        "extract",
        "-F",
        "babel.cfg",
        "--no-default-keywords",
        *keywords,
        "--add-location=file",
        "--omit-header",
        "-w",
        "100",
        "-o",
        pot,
        "bot",
    )
    _babel(
        "update",
        "-D",
        "parents",
        "-i",
        pot,
        "-d",
        "bot/locales",
        "--ignore-obsolete",
        "--ignore-pot-creation-date",
        "-w",
        "100",
    )


def _babel(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "-q", *arguments], check=True, cwd=ROOT
    )


if __name__ == "__main__":
    main()
