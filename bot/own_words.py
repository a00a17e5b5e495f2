"""The team's own words in every language: written, checked, read by a speaker. A transaction each.

    the team's editor, a machine's proposal --> draft --> a reviewer's link --> reviewed

Nothing is saved that says another number, hour, link or name than the original. A translation whose
original has changed is a draft again; see bot/storage/own_words.py for what still leaves of it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row

from bot.channels.link import hash_token
from bot.errors import Rejected
from bot.invariants import Difference, differences, told
from bot.languages import read_languages
from bot.lint import Finding, Level, blocks, lint_words
from bot.messages import About
from bot.storage import own_words as stored
from bot.storage.console.centres import unspoken_names
from bot.storage.own_words import PERSON, REVIEWED, Written
from bot.translators import Translator, propose

LASTS = timedelta(days=7)  # a link to a reviewer
TOKEN_BYTES = 16  # 128 bits
LONGEST_TITLE = 120
LONGEST_MORE = {"event": 400, "campaign": 600}
LONGEST_NAME, LONGEST_NOTE = 80, 600
NOTHING_BELOW = "L'original n'a rien sous le titre. Complétez-le d'abord."
CHANGED = "Le texte a changé entre-temps. Relisez-le, puis recommencez."


@dataclass(frozen=True, slots=True)
class Words:
    """A title and what stands below it, in one language."""

    title: str
    more: str = ""

    @property
    def stripped(self) -> Words:
        """Without the space around; a browser sends lines with two signs at their end."""
        return Words(self.title.strip(), self.more.replace("\r\n", "\n").strip())


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that the machine sees in a translation. `field`: title or more."""

    field: str
    difference: Difference

    @property
    def words(self) -> str:
        """In French, for the team."""
        return told(self.difference)


class NotTheSame(Rejected):
    """A translation says something else than the original; `remarks` say what."""

    def __init__(self, remarks: tuple[Remark, ...]) -> None:
        super().__init__(" ".join(one.words for one in remarks))
        self.remarks = remarks


@dataclass(frozen=True, slots=True)
class Review:
    """What a reviewer's link shows. `mark` names the very words that are shown."""

    row: Row[Any]
    about: About
    language: str
    original: Written
    translation: Written | None
    mark: str
    open: bool


def save(
    db: Connection, about: About, language: str, words: Words, *, source: str = PERSON
) -> None:
    """Write a translation; it is a draft.

    Raises NotTheSame where a number, an hour, a link or a name differs, Rejected for the rest.
    """
    _write(db, about, language, words, state=stored.DRAFT, source=source)


def remove(db: Connection, about: About, language: str, now: datetime) -> None:
    """Take a translation away: families who read this language get the original."""
    stored.remove(db, about, language)
    stored.revoke(db, about, now, language=language)


def remarks(
    original: Words, words: Words, language: str, of: str, names: tuple[str, ...], longest: int
) -> tuple[Remark, ...]:
    """What the machine sees in a translation, title first."""
    pairs = (
        ("title", original.title, words.title, LONGEST_TITLE),
        ("more", original.more, words.more, longest),
    )
    return tuple(
        Remark(name, one)
        for name, left, right, most in pairs
        for one in differences(left, right, language, of=of, names=names, longest=most)
    )


def names_in(db: Connection, about: About) -> tuple[str, ...]:
    """The names that families look for on the spot: they are the same in all languages."""
    found = stored.where(db, about)
    return tuple(one for one in (found.place, found.centre) if one) if found else ()


def suggested(
    translator: Translator, original: Written, language: str, names: tuple[str, ...]
) -> Words:
    """What a machine proposes; nothing is written, and no transaction may be open meanwhile.

    Raises TranslationFailed.
    """
    texts = propose(translator, (original.title, original.more), original.language, language, names)
    return Words(*texts).stripped


# -- a reviewer's link ----------------------------------------------------------------------------


def open_review(db: Connection, about: About, language: str, staff_id: int, now: datetime) -> str:
    """Make a link for someone who reads the language; give its token, which we do not keep.

    Links to the same language that nobody has answered close.
    """
    _known(language)
    if _find(stored.written(db, about), language) is None:
        raise Rejected("Écrivez d'abord une traduction dans cette langue, même un brouillon.")
    stored.revoke(db, about, now, language=language)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    stored.insert_review(
        db,
        about,
        {
            "token_hash": hash_token(token),
            "language": language,
            "created_by": staff_id,
            "created_at": now,
            "expires_at": now + LASTS,
        },
    )
    return token


def review_of(db: Connection, token: str, now: datetime) -> Review | None:
    """What a token opens; None where it opens nothing, or nothing any more."""
    row = stored.review(db, hash_token(token))
    if row is None or row.expires_at <= now or row.revoked_at is not None:
        return None
    about = About(row.event_id, row.campaign_id)
    known = stored.written(db, about)
    found = _find(known, row.language)
    original = known[0]
    return Review(
        row,
        about,
        row.language,
        original,
        found,
        _mark(original, found),
        open=row.answered_at is None and found is not None,
    )


def approve(db: Connection, token: str, words: Words, by: str, mark: str, now: datetime) -> None:
    """Take a reviewer's words as they stand now; a second time changes nothing.

    Raises NotTheSame, or Rejected in French.
    """
    found = _answerable(db, token, now)
    if found is None:
        return
    _check_mark(found, mark)
    name = _name(by)
    _write(
        db,
        found.about,
        found.language,
        words,
        state=REVIEWED,
        source=_source(found, words),
        reviewed_by=name,
        reviewed_at=now,
    )
    stored.answer_review(db, found.row.id, now, verdict=stored.APPROVED, by=name, note="")


def refuse(db: Connection, token: str, note: str, by: str, mark: str, now: datetime) -> None:
    """Note that a reviewer finds the translation wrong; a second time changes nothing.

    Raises Rejected, in French.
    """
    found = _answerable(db, token, now)
    if found is None:
        return
    _check_mark(found, mark)
    name, why = _name(by), note.strip()
    if not why:
        raise Rejected("Dites ce qui ne va pas, en quelques mots.")
    if len(why) > LONGEST_NOTE:
        raise Rejected(f"Votre remarque est trop longue : {LONGEST_NOTE} signes au plus.")
    stored.mark(
        db, found.about, found.language, state=stored.DRAFT, reviewed_by="", reviewed_at=None
    )
    stored.answer_review(db, found.row.id, now, verdict=stored.WRONG, by=name, note=why)


def longest_more(about: About) -> int:
    """How many signs may stand below the title."""
    return LONGEST_MORE["event" if about.event_id is not None else "campaign"]


def _write(
    db: Connection,
    about: About,
    language: str,
    words: Words,
    *,
    state: str,
    source: str,
    reviewed_by: str = "",
    reviewed_at: datetime | None = None,
) -> None:
    _known(language)
    original = stored.written(db, about)[0]
    if language == original.language:
        raise Rejected("C'est la langue de l'original : changez-le sur sa propre page.")
    words = words.stripped
    if not words.title:
        raise Rejected("Le titre manque.")
    whole = Words(original.title, original.more)
    if words.more and not whole.more:
        raise Rejected(NOTHING_BELOW)
    found = remarks(
        whole, words, language, original.language, names_in(db, about), longest_more(about)
    )
    grave = tuple(one for one in found if one.difference.grave)
    if grave:
        raise NotTheSame(grave)
    _lint(db, about, language, words)
    stored.write(
        db,
        about,
        language,
        words.title,
        words.more,
        state=state,
        source=source,
        reviewed_by=reviewed_by,
        reviewed_at=reviewed_at,
    )


def state_of(original: Written, written: Written | None) -> str:
    """How far one language is: none, stale, reviewed, engine or draft."""
    if written is None:
        return "none"
    if stored.is_stale(original, written):
        return "stale"
    if written.state == stored.REVIEWED:
        return stored.REVIEWED
    return stored.ENGINE if written.source == stored.ENGINE else stored.DRAFT


def findings(
    db: Connection, about: About, language: str, words: Words, standing: Words | None = None
) -> tuple[Finding, ...]:
    """What the linter sees in a translation, title first; not in what stands already."""
    found = stored.where(db, about)
    children = unspoken_names(db, found.centre_id if found is not None else None)
    parts = (
        ("title", words.title, standing and standing.title),
        ("more", words.more, standing and standing.more),
    )
    return tuple(
        one
        for where, text, old in parts
        if text and text != old
        for one in lint_words(text, language, where=where, names=children)
    )


def _lint(db: Connection, about: About, language: str, words: Words) -> None:
    """Refuse what no parent shall read, whoever wrote it; what stands was looked at before."""
    own = _find(stored.written(db, about), language)
    standing = Words(own.title, own.more) if own is not None else None
    seen = findings(db, about, language, words, standing)
    if blocks(seen):
        raise Rejected(" ".join(one.advice for one in seen if one.level is Level.BLOCK))


def _answerable(db: Connection, token: str, now: datetime) -> Review | None:
    """The review behind a link; None where it has its answer. Raises Rejected for a dead link."""
    found = review_of(db, token, now)
    if found is None or (found.row.answered_at is None and not found.open):
        raise Rejected("Ce lien n'est plus valable. Demandez-en un autre à l'équipe.")
    return found if found.open else None


def _check_mark(found: Review, mark: str) -> None:
    if not secrets.compare_digest(mark.encode(), found.mark.encode()):
        raise Rejected(CHANGED)


def _name(by: str) -> str:
    name = " ".join(by.split())
    if not name:
        raise Rejected("Écrivez votre nom : l'équipe sait ainsi qui a relu.")
    if len(name) > LONGEST_NAME:
        raise Rejected(f"Votre nom est trop long : {LONGEST_NAME} signes au plus.")
    return name


def _source(found: Review, words: Words) -> str:
    """Who wrote the words: a reviewer who has changed them did."""
    own = found.translation
    if own is None or Words(own.title, own.more) != words.stripped:
        return PERSON
    return own.source


def _known(language: str) -> None:
    known = read_languages().get(language)
    if known is None or not known.written:
        raise Rejected("Cette langue n'est pas encore dans Carnet.")


def _find(known: tuple[Written, ...], language: str) -> Written | None:
    return next((one for one in known if one.language == language and not one.original), None)


def _mark(original: Written, translation: Written | None) -> str:
    parts = [original.title, original.more]
    parts += [translation.title, translation.more] if translation is not None else []
    return sha256("\x00".join(parts).encode()).hexdigest()[:16]
