"""`carnet languages`: what is translated, who has read it, and who was not written to in theirs."""

from __future__ import annotations

import csv
import json
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot.centres import change_centre
from bot.commands.events import centre_id
from bot.composing import segments
from bot.errors import Rejected
from bot.languages import FALLBACK, LOCALES, read_languages
from bot.messages import Param, Texts
from bot.proofreading import Fault, faults_of_forms, longest_word
from bot.reviews import Review, State, Wording, record, state_of, wordings
from bot.storage.database import Database
from bot.storage.languages import gaps, readers, unsent
from bot.translation import direction, number_of_forms, words
from bot.understanding.lexicon import SAME_LEXICON
from bot.web.console.pages import language_name
from bot.wording import HELD, NO_CATALOG, STALE, UNREAD

HEADINGS = (
    "Code", "Langue", "Sens", "Pluriels", "Traduits", "Relus", "À corriger", "Réponses comprises",
    "Parents", "Écrits en français", "Français en dessous", "Traduction dépassée", "Non partis",
)  # fmt: skip
STATES = {State.OWN: "texte du projet", State.DRAFT: "brouillon", State.REVIEWED: "relu"}
FAULTS = {
    Fault.EMPTY: "vide",
    Fault.PLACEHOLDER: "champ manquant ou en trop",
    Fault.NUMBER: "nombre ou heure différents",
    Fault.KEYWORD: "STOP ou START manquant",
    Fault.FORMS: "formes du pluriel",
    Fault.LINES: "ordre des lignes",
    Fault.SCRIPT: "lettres d'une autre langue",
    Fault.SAME: "non traduit",
    Fault.LONG: "phrase longue",
}

# What stands for every placeholder when a message is counted: long, as life is.
SAMPLES: dict[str, Param] = {
    "title": Texts(FALLBACK, {FALLBACK: "Atelier lecture du soir"}),
    "day": date(2026, 9, 23),
    "hour": time(18, 30),
    "opens": time(9),
    "closes": time(19, 30),
    "place": "Maison de quartier des Sources",
    "association": "Ma Chance Moi Aussi",
    "centre": "Centre social du Vieux Port",
    "host": "Claire Martin",
    "name": "Claire",
    "children": "Youssef, Mariama",
    "phone": "+33639980000",
    "link": "https://carnet.example.org/l/Ab3dEf7hJkLmNoPqRsTuVw",
    "n": 5,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one language is. `faults`: translations in which the machine sees something wrong.

    The last four count messages: in French instead; with French below; with words of the team in
    French because the original has changed since; not sent, for want of words in the language.
    """

    code: str
    name: str
    direction: str
    forms: int
    translated: int
    wanted: int
    reviewed: int
    faults: int
    lexicon_on: str
    readers: int
    in_french: int
    french_below: int
    stale: int
    unsent: int


def run_list(database: Database, *, as_json: bool) -> None:
    """Print where every language is: those that we write, those promised, those that parents read.

    A gap is a message that left in French beside or instead of the parent's language.
    """
    with database.read() as db:
        people, missed, held = readers(db), gaps(db), unsent(db)
    codes = dict.fromkeys([*read_languages(), *sorted(people)])
    found = [_standing(one, people[one], missed, held[one]) for one in codes]
    if as_json:
        print(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=2))
        return
    table = Table(title="Langues des parents")
    for heading in HEADINGS:
        table.add_column(heading)
    for one in found:
        table.add_row(
            one.code,
            one.name,
            "←" if one.direction == "rtl" else "→",
            str(one.forms or "–"),
            f"{one.translated}/{one.wanted}",
            "projet" if one.code == FALLBACK else f"{one.reviewed}/{one.translated}",
            str(one.faults or ""),
            one.lexicon_on or "non",
            str(one.readers or ""),
            str(one.in_french or ""),
            str(one.french_below or ""),
            str(one.stale or ""),
            str(one.unsent or ""),
        )
    Console().print(table)


def run_review(
    language: str, by: str, names: Sequence[str], on: date, *, everything: bool, folder: Path
) -> None:
    """Note that someone who speaks the language has read these wordings, or all of them."""
    known = _known(language, folder)
    if language == FALLBACK:
        raise Rejected("Le français est le texte du projet : il n'y a rien à relire.")
    if not by.strip():
        raise Rejected("Dites qui a relu : --by « Prénom N. ».")
    mine = [one.fingerprint for one in known] if everything else list(names)
    unknown = sorted(set(mine) - {one.fingerprint for one in known})
    if unknown:
        raise Rejected(
            f"Ce texte n'existe pas ou a changé : {', '.join(unknown)}. "
            f"Regardez de nouveau : carnet languages export {language}"
        )
    if not mine:
        raise Rejected("Dites quels textes ont été relus : --message NOM, ou --all pour tous.")
    read = record(language, mine, Review(by.strip(), on), folder)
    print(f"{len(read)} textes relus par {by.strip()} ({language}). Gardez reviews.toml avec eux.")


def run_hold(database: Database, centre: str, languages: Sequence[str]) -> None:
    """Set the languages whose drafts do not leave from a centre: simple French does, and a call."""
    written = {code for code, one in read_languages().items() if one.written} - {FALLBACK}
    unknown = sorted(set(languages) - written)
    if unknown:
        raise Rejected(
            f"Langue inconnue : {', '.join(unknown)}. Écrivez parmi : {', '.join(sorted(written))}."
        )
    with database.write() as db:
        row = change_centre(db, centre_id(db, centre), {"held_drafts": sorted(set(languages))})
    if row.held_drafts:
        print(f"{row.name} : les brouillons ne partent pas en {', '.join(row.held_drafts)}.")
    else:
        print(f"{row.name} : les brouillons partent dans toutes les langues.")


def run_export(language: str, folder: Path) -> None:
    """Print every wording of a language for someone who will read it, as CSV."""
    french = wordings(FALLBACK, folder)
    rows = csv.writer(sys.stdout)
    rows.writerow(["nom", "français", "traduction", "retour en français", "état", "relu par"])
    for one in _known(language, folder):
        own = french.get(one.msgid)
        rows.writerow(
            [
                one.fingerprint,
                _told(own) if own else one.msgid,
                _told(one),
                one.back,
                STATES[state_of(one, language)],
                one.review.by if one.review else "",
            ]
        )


def run_table(to: Path, folder: Path) -> None:
    """Write one page for each language: every message, what it costs, what it says in French."""
    to.mkdir(parents=True, exist_ok=True)
    written = [one.code for one in read_languages(folder).values() if one.written]
    for language in written:
        (to / f"{language}.md").write_text(_page(language, folder), encoding="utf-8")
    print(f"{len(written)} pages écrites dans {to}.")


def _standing(
    code: str, people: int, missed: dict[tuple[str, str], int], unsent_here: int
) -> Standing:
    known = wordings(code)
    translated = [one for one in known.values() if all(form.strip() for form in one.forms)]
    return Standing(
        code=code,
        name=language_name(code),
        direction=direction(code),
        forms=number_of_forms(code),
        translated=len(translated),
        wanted=len(wordings(FALLBACK)),
        reviewed=sum(state_of(one, code) is State.REVIEWED for one in translated),
        faults=sum(bool(_faults(one, code)) for one in known.values()),
        lexicon_on=_lexicon_on(code),
        readers=people,
        in_french=missed[code, NO_CATALOG] + missed[code, HELD],
        french_below=missed[code, UNREAD],
        stale=missed[code, STALE],
        unsent=unsent_here,
    )


def _faults(one: Wording, language: str) -> tuple[Fault, ...]:
    found = faults_of_forms(one.source, one.forms, language, number_of_forms(language))
    same = Fault.SAME if language == "en" or len(one.msgid) < 4 else None  # "No" is also Spanish
    return tuple(fault for fault in found if fault is not same)


def _lexicon_on(code: str) -> str:
    """The day of what is understood when it is written back; "" where nothing is."""
    path = LOCALES / SAME_LEXICON.get(code, code) / "lexicon.toml"
    if not path.exists():
        return ""
    return str(tomllib.loads(path.read_text("utf-8")).get("reviewed_on", ""))


def _known(language: str, folder: Path) -> tuple[Wording, ...]:
    known = tuple(wordings(language, folder).values())
    if not known:
        raise Rejected(f"Aucun texte en « {language} ». Voyez la liste : carnet languages")
    return known


def _page(language: str, folder: Path) -> str:
    french = wordings(FALLBACK, folder)
    lines = [
        f"# Messages aux parents : {language_name(language)} ({language})",
        "",
        "Fait par `carnet languages table`. SMS : le nombre de SMS du message seul, avec un titre,",
        "un lieu et des noms longs. Retour : ce que dit la traduction, remis en français sans voir",
        "l'original.",
        "",
        "| Français | Traduction | Retour | SMS | Mot le plus long | À corriger | État |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in wordings(language, folder).values():
        own = french.get(one.msgid)
        faults = ", ".join(FAULTS[fault] for fault in _faults(one, language))
        cells = (
            _told(own) if own else one.msgid,
            _told(one),
            one.back,
            str(max(segments(_filled(form, language)) for form in one.forms)),
            max((longest_word(form) for form in one.forms), key=len),
            faults,
            STATES[state_of(one, language)],
        )
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _told(one: Wording) -> str:
    return " / ".join(dict.fromkeys(one.forms))


def _filled(form: str, language: str) -> str:
    return form.format_map(
        _Samples({name: words(value, language) for name, value in SAMPLES.items()})
    )


class _Samples(dict[str, str]):
    """What is not among the samples is short: an answer, a word."""

    def __missing__(self, name: str) -> str:
        return "Oui"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
