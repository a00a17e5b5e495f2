"""`make catalogs`: read the sayings out of the code again and bring every catalog in line."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCALES = ROOT / "bot" / "locales"
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
    rules = {path: _plural_rule(path) for path in LOCALES.glob("*/LC_MESSAGES/parents.po")}
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
    for path, rule in rules.items():
        if not _plural_rule(path):  # Babel forgets the rule of a language that it does not know
            text = path.read_text("utf-8")
            path.write_text(text.replace('"MIME-Version', f'{rule}"MIME-Version', 1), "utf-8")


def _plural_rule(path: Path) -> str:
    found = re.search(r'"Plural-Forms:(?:[^"]|"\n")*?;\\n"\n', path.read_text("utf-8"))
    return found[0] if found else ""


def _babel(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", "-q", *arguments], check=True, cwd=ROOT
    )


if __name__ == "__main__":
    main()
