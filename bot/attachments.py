"""A coordinator's own voice, or a picture, beside an invitation or an announcement.

One for each language: a family hears its own language or nothing.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Connection

from bot.errors import Rejected
from bot.media import check_media
from bot.messages import About
from bot.storage import media as stored

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?")


def attach_media(
    db: Connection, about: About, language: str, data: bytes, now: datetime
) -> stored.Attached:
    """Check a file and let it go out in one language, in place of what did; give what was kept.

    Raises Rejected, in French, saying what to do.
    """
    if not LANGUAGE.fullmatch(language):
        raise Rejected(f"Langue inconnue : « {language} ». Écrivez son code : fr, ar, tr…")
    media_id = stored.insert_media(db, check_media(data), now)
    stored.attach(db, about, language, media_id)
    return next(one for one in stored.attached(db, about) if one.language == language)


def remove_media(db: Connection, about: About, language: str) -> None:
    """Let nothing go out in this language. Raises Rejected where nothing does."""
    if not stored.detach(db, about, language):
        raise Rejected(f"Il n'y a ni note vocale ni image en « {language} » : rien à retirer.")
