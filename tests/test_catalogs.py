"""What parents read, language by language: complete, well-formed, short and cheap to send."""

from __future__ import annotations

import ast
import re
import shutil
import string
import subprocess
from collections.abc import Iterator
from datetime import date, time
from functools import cache
from pathlib import Path

import pytest
import smsutil
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po

from bot import wording
from bot.composing import introduction
from bot.flows import menus, preferences, wave
from bot.languages import LOCALES
from bot.lint import direction_faults, isolation_faults
from bot.messages import Asked, say, say_n
from bot.proofreading import LONGEST_SENTENCE, words_in
from bot.specimens import LINK, MENUS, messages
from bot.translation import (
    END_ISOLATE,
    ISOLATE,
    RIGHT_TO_LEFT,
    catalog_languages,
    day,
    hour,
    render,
)
from bot.understanding.intent import Intent, understand
from tests.catalogs import KEYWORDS

ROOT = LOCALES.parent.parent
LANGUAGES = tuple(menus.LANGUAGES)

LONGEST_LABEL = 20  # signs; a WhatsApp button
OUTSIDE_GSM = {  # French msgids that no natural wording keeps within GSM-7, or that are no words
    "We will write to you in English.",
    "We will write to you in simple French. To be called, answer 9.",
    "✓ {choice}",
}

each_language = pytest.mark.parametrize("language", LANGUAGES)


def path_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "parents.po"


@cache
def catalog_of(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def entries(catalog: Catalog) -> Iterator[tuple[str, Message]]:
    """Each message with its first English form; the header is left out."""
    for message in catalog:
        if message.id:
            yield _forms(message.id)[0], message


def _forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def wordings(language: str) -> Iterator[tuple[str, str]]:
    """Every text of one catalog, beside the English that it translates."""
    for msgid, message in entries(catalog_of(language)):
        for text in _forms(message.string):
            yield msgid, text


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


# -- the files ------------------------------------------------------------------------------------


def test_every_language_that_we_offer_has_a_catalog() -> None:
    assert set(catalog_languages()) == set(LANGUAGES)


@each_language
def test_gettext_accepts_the_file(language: str) -> None:
    msgfmt = shutil.which("msgfmt")
    if msgfmt is None:
        pytest.skip("gettext is not installed, so msgfmt cannot check the file")
    command = [msgfmt, "--check", "--output-file=/dev/null", str(path_of(language))]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@each_language
def test_header_names_the_language_and_who_has_reviewed_it(language: str) -> None:
    catalog = catalog_of(language)
    header = dict(catalog.mime_headers)
    assert header["Language"] == language
    assert header["Content-Type"] == "text/plain; charset=utf-8"
    assert "eviewed by a native speaker" in catalog.header_comment


@each_language
def test_nothing_is_missing_in_doubt_or_left_over(language: str) -> None:
    catalog = catalog_of(language)
    assert [msgid for msgid, text in wordings(language) if not text.strip()] == []
    assert [msgid for msgid, message in entries(catalog) if message.fuzzy] == []
    assert list(catalog.obsolete) == []


SAME_WORD = {"es": {"No"}}


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_nothing_is_left_in_english(language: str) -> None:
    untranslated = {
        msgid
        for msgid, message in entries(catalog_of(language))
        if set(_forms(message.string)) <= set(_forms(message.id))
    }
    english = {one for one in untranslated if re.search(r"[A-Za-z]", re.sub(r"{.*?}", "", one))}
    assert english - SAME_WORD.get(language, set()) == set()


@each_language
def test_every_form_keeps_the_placeholders(language: str) -> None:
    changed = [
        text for msgid, text in wordings(language) if placeholders(text) != placeholders(msgid)
    ]
    assert changed == []


@each_language
def test_every_form_keeps_digits_and_keywords(language: str) -> None:
    kept = re.compile(r"\d+|STOP|START")
    changed = [
        text
        for msgid, text in wordings(language)
        if set(kept.findall(text)) != set(kept.findall(msgid))
    ]
    assert changed == []


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, ...]]:
    """What the sources say today, extracted as `make catalogs` does."""
    template = tmp_path_factory.mktemp("catalogs") / "parents.pot"
    files = ["-F", str(ROOT / "babel.cfg"), "-o", str(template), str(ROOT / "bot")]
    keywords = ["--no-default-keywords", *(f"--keyword={one}" for one in KEYWORDS)]
    command = ["pybabel", "-q", "extract", *keywords, *files]
    CommandLineInterface().run(command)  # type: ignore[no-untyped-call]  # Babel leaves it so
    return msgids(template)


def msgids(path: Path) -> set[tuple[str, ...]]:
    with path.open("rb") as file:
        return {_forms(message.id) for _, message in entries(read_po(file))}


def test_extraction_reads_flows_services_and_menus(said: set[tuple[str, ...]]) -> None:
    assert {("Yes",), ("Great!",), ("Someone from the team will answer you.",)} <= said


def test_extraction_sees_all_that_is_said(said: set[tuple[str, ...]]) -> None:
    """Babel passes over what stands inside an f-string."""
    unseen = {
        (path.name, call.args[0].value)
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"say", "say_n", "Say"}
        and isinstance(call.args[0], ast.Constant)
        and call.args[0].value not in {forms[0] for forms in said}
    }
    assert unseen == set()


@pytest.mark.parametrize(
    "name", ["parents.pot", *(f"{one}/LC_MESSAGES/parents.po" for one in LANGUAGES)]
)
def test_catalogs_hold_what_the_code_says(name: str, said: set[tuple[str, ...]]) -> None:
    written = msgids(LOCALES / name)
    assert (said - written, written - said) == (set(), set()), "run `make catalogs`, then translate"


# -- words, numbers and dates ---------------------------------------------------------------------

PEOPLE = {
    "fr": {0: "0 personne.", 1: "1 personne.", 2: "2 personnes.", 100: "100 personnes."},
    "en": {0: "0 people.", 1: "1 person.", 2: "2 people.", 100: "100 people."},
    "pt": {0: "0 pessoas.", 1: "1 pessoa.", 2: "2 pessoas.", 100: "100 pessoas."},
    "tr": {0: "0 kişi.", 1: "1 kişi.", 2: "2 kişi.", 100: "100 kişi."},
    "ro": {
        0: "0 persoane.",
        1: "1 persoană.",
        2: "2 persoane.",
        11: "11 persoane.",
        20: "20 de persoane.",
        100: "100 de persoane.",
    },
    "ar": {
        0: "0 شخص.",
        1: "شخص واحد (1).",
        2: "شخصان (2).",
        3: "3 أشخاص.",
        5: "5 أشخاص.",
        11: "11 شخصا.",
        20: "20 شخصا.",
        100: "100 شخص.",
    },
    "es": {0: "0 personas.", 1: "1 persona.", 2: "2 personas.", 100: "100 personas."},
    "uk": {
        0: "0 людей.",
        1: "1 людина.",
        2: "2 людини.",
        5: "5 людей.",
        11: "11 людей.",
        12: "12 людей.",
        21: "21 людина.",
        22: "22 людини.",
        100: "100 людей.",
    },
    "ru": {
        0: "0 человек.",
        1: "1 человек.",
        2: "2 человека.",
        5: "5 человек.",
        11: "11 человек.",
        14: "14 человек.",
        21: "21 человек.",
        22: "22 человека.",
        100: "100 человек.",
    },
    "sq": {0: "0 persona.", 1: "1 person.", 2: "2 persona.", 100: "100 persona."},
    "zh": {0: "0 个人。", 1: "1 个人。", 2: "2 个人。", 100: "100 个人。"},
    "ta": {0: "0 நபர்கள்.", 1: "1 நபர்.", 2: "2 நபர்கள்.", 100: "100 நபர்கள்."},
    "prs": {0: "0 نفر.", 1: "1 نفر.", 2: "2 نفر.", 100: "100 نفر."},
    "ps": {0: "0 کسان.", 1: "1 کس.", 2: "2 کسان.", 100: "100 کسان."},
}


def without_isolates(text: str) -> str:
    return text.replace(ISOLATE, "").replace(END_ISOLATE, "")


@each_language
def test_a_number_of_people_finds_its_form(language: str) -> None:
    for n, phrase in PEOPLE[language].items():
        noted = say_n(
            "Noted: {n} person. See you on {day} at {hour}.",
            "Noted: {n} people. See you on {day} at {hour}.",
            n,
            day=date(2026, 11, 28),
            hour=time(18),
        )
        assert phrase in without_isolates(render(noted, language))


@each_language
@pytest.mark.parametrize("n", [0, 1, 2, 3, 5, 11, 20, 100])
def test_a_number_of_days_is_always_said(language: str, n: int) -> None:
    text = without_isolates(render(preferences.paused(n), language))
    assert re.search(rf"(?<!\d){n}(?!\d)", text), text
    assert "{" not in text
    assert (text == render(preferences.paused(n), "en")) == (language == "en")


@pytest.mark.parametrize(
    ("language", "on", "sharp", "half_past"),
    [
        ("fr", "samedi 28 novembre", "18h", "18h30"),
        ("ar", "السبت 28 نوفمبر", "18:00", "18:30"),
        ("tr", "28 Kasım Cumartesi", "18:00", "18:30"),
        ("pt", "sábado 28 de novembro", "18:00", "18:30"),
        ("en", "Saturday 28 November", "18:00", "18:30"),
        ("ro", "sâmbătă 28 noiembrie", "18:00", "18:30"),
        ("es", "sábado 28 de noviembre", "18:00", "18:30"),
        ("uk", "субота 28 листопада", "18:00", "18:30"),
        ("ru", "суббота 28 ноября", "18:00", "18:30"),
        ("sq", "e shtunë 28 nëntor", "18:00", "18:30"),
        ("zh", "11月28日星期六", "18:00", "18:30"),
        ("ta", "சனி 28 நவம்பர்", "18:00", "18:30"),
        ("prs", "شنبه 28 نومبر", "18:00", "18:30"),
        ("ps", "اونۍ 28 نومبر", "18:00", "18:30"),
    ],
)
def test_dates_and_hours_are_said_as_people_say_them(
    language: str, on: str, sharp: str, half_past: str
) -> None:
    assert day(date(2026, 11, 28), language) == on
    assert hour(time(18), language) == sharp
    assert hour(time(18, 30), language) == half_past


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("fr", "français"),
        ("ar", "العربية"),
        ("tr", "Türkçe"),
        ("pt", "português"),
        ("en", "English"),
        ("ro", "română"),
        ("es", "español"),
        ("uk", "українською"),
        ("ru", "по-русски"),
        ("sq", "shqip"),
        ("zh", "中文"),
        ("ta", "தமிழில்"),
        ("prs", "دری"),
        ("ps", "پښتو"),
    ],
)
def test_a_new_language_is_confirmed_by_its_own_name(language: str, name: str) -> None:
    assert name in render(preferences.speaking(language), language)


@each_language
def test_sentences_are_short(language: str) -> None:
    long = [
        sentence.strip()
        for _, text in wordings(language)
        for sentence in re.split(r"[.?!؟:。？！：\n]", text)
        if words_in(sentence) > LONGEST_SENTENCE
    ]
    assert long == []


@each_language
@pytest.mark.parametrize("menu", MENUS)
def test_labels_fit_a_button_and_differ(language: str, menu: str) -> None:
    labels = [render(choice.label, language) for choice in MENUS[menu]]
    assert [label for label in labels if len(label) > LONGEST_LABEL] == []
    assert len(set(labels)) == len(labels)


LABELS = {
    "yes": (menus.YES, Asked.RSVP, Intent.YES),
    "no": (menus.NO, Asked.RSVP, Intent.NO),
    "maybe": (menus.MAYBE, Asked.RSVP, Intent.MAYBE),
    "cannot come": (menus.CANNOT_COME, Asked.RSVP, Intent.NO),
    "stop": (preferences.MENU[2], Asked.ANY, Intent.STOP),
}


@each_language
@pytest.mark.parametrize("label", LABELS)
def test_a_label_written_back_is_understood(language: str, label: str) -> None:
    choice, asked, intent = LABELS[label]
    written = without_isolates(render(choice.label, language))
    assert understand(written, language, asked).intent is intent


def test_the_arabic_word_beside_stop_stops_too() -> None:
    text = render(introduction("Ma Chance Moi Aussi", can_receive=True), "ar")
    assert text.endswith("أو توقف.")
    assert understand("توقف", "ar").intent is Intent.STOP


# -- signs ----------------------------------------------------------------------------------------


def test_french_stays_in_the_letters_of_one_cheap_sms() -> None:
    outside = {msgid: text for msgid, text in wordings("fr") if not smsutil.is_valid_gsm(text)}
    assert set(outside) <= OUTSIDE_GSM, outside


def test_romanian_has_commas_below_and_no_cedillas() -> None:
    assert [text for _, text in wordings("ro") if set(text) & set("şţŞŢ")] == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (f"اكتبوا {ISOLATE}STOP{END_ISOLATE}.", []),
        ("اكتبوا 9.", ["9"]),
        (f"اكتبوا {ISOLATE}9.", ["open"]),
        (f"اكتبوا 9{END_ISOLATE}.", ["9", "unbalanced", "open"]),
    ],
)
def test_a_missing_isolate_is_found(text: str, faults: list[str]) -> None:
    found = isolation_faults(text)
    assert set(faults) <= set(found)
    assert bool(faults) == bool(found)


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT & set(LANGUAGES)))
def test_latin_words_and_digits_are_isolated_in_right_to_left_text(language: str) -> None:
    written = {text: isolation_faults(text) for _, text in wordings(language)}
    sent = {text: direction_faults(text) for text in messages(language, typed=True).values()}
    faulty = written | sent
    assert {text: faults for text, faults in faulty.items() if faults} == {}


# -- segments -------------------------------------------------------------------------------------

GSM_LANGUAGES = frozenset({"fr", "en"})
# Elsewhere one letter outside GSM-7 more than halves an SMS, to 67 signs; these three facts and a
# question do not fit two of them when title, place and centre are all as long as can be. Nor does a
# menu of six lines or more.
LONG_SAYINGS = frozenset(
    {
        "invitation",
        "invitation with children",
        "invitation to meet",
        "survey, may we",
        "no, and why",
        "absent, and why",
        "wave, may we",
        "wave",
        "wave, again",
        *(f"wave, {one}" for one in wave.STATEMENTS),
    }
)


def allowed_segments(name: str, language: str, *, typed: bool) -> int:
    if language in GSM_LANGUAGES:
        return 2
    return 2 + (name in LONG_SAYINGS) + (not typed)


@each_language
@pytest.mark.parametrize("typed", [True, False], ids=["menu", "link"])
def test_messages_with_long_names_stay_cheap(
    language: str, typed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wording, "is_ready", lambda *_: True)  # once they are read
    segments = {
        name: len(smsutil.split(text).parts)
        for name, text in messages(language, typed=typed).items()
    }
    over = {n: s for n, s in segments.items() if s > allowed_segments(n, language, typed=typed)}
    assert over == {}


@each_language
def test_french_under_a_consent_that_nobody_has_read_has_a_price_with_an_end(language: str) -> None:
    segments = {
        name: len(smsutil.split(text).parts)
        for name, text in messages(language, typed=True).items()
    }
    assert {name: count for name, count in segments.items() if count > 6} == {}


@each_language
def test_no_placeholder_reaches_a_parent(language: str) -> None:
    unfilled = [text for text in messages(language, typed=True).values() if "{" in text]
    assert unfilled == []


def test_a_linked_message_ends_with_its_link() -> None:
    """Nothing may follow it, or phones take the sign into the address."""
    for language in set(LANGUAGES) - RIGHT_TO_LEFT:
        tail = render(say("To answer or stop: {link}", link=LINK), language)
        assert tail.endswith(LINK)


def test_the_first_of_a_month_is_said_as_french_does() -> None:
    assert day(date(2026, 9, 1), "fr") == "mardi 1er septembre"
    assert day(date(2026, 9, 11), "fr") == "vendredi 11 septembre"
