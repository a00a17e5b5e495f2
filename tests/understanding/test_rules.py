"""Rules that hold whatever the language: nothing raises, and spelling never matters."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Asked
from bot.understanding.intent import Intent, Understood, understand
from bot.understanding.normalise import LONGEST, fold

LANGUAGES = ("fr", "ar", "tr", "pt", "en", "ro", "zh", "ta", None, "", "xx", "fr-FR", "ary_MA")
KNOWN = (
    ("fr", "oui", Intent.YES), ("fr", "d'accord", Intent.YES), ("fr", "non", Intent.NO),
    ("fr", "peut-être", Intent.MAYBE), ("fr", "arrêt", Intent.STOP),
    ("fr", "désinscrire", Intent.STOP),
    ("tr", "hayır", Intent.NO), ("tr", "geliyorum", Intent.YES), ("pt", "não", Intent.NO),
    ("ro", "bineînțeles", Intent.YES), ("en", "yes", Intent.YES), ("en", "no", Intent.NO),
    ("es", "sí", Intent.YES), ("en", "unsubscribe", Intent.STOP), ("ar", "na3am", Intent.YES),
)  # fmt: skip


def decimal_digits() -> list[str]:
    """The zero of every script that has decimal digits."""
    every = (chr(code) for code in range(0x1FBFA))
    return [each for each in every if unicodedata.decimal(each, None) == 0]


@given(st.text(), st.sampled_from(LANGUAGES), st.sampled_from(Asked))
def test_no_text_ever_raises(text: str, language: str | None, asked: Asked) -> None:
    assert isinstance(understand(text, language, asked), Understood)


@given(st.text(max_size=8), st.text())
def test_no_language_ever_raises(language: str, text: str) -> None:
    assert isinstance(understand(text, language), Understood)


@pytest.mark.parametrize("language", ["../fr", "a" * 5_000, "\0", "\ud800", "fr/..", "FR"])
def test_a_strange_language_is_no_language(language: str) -> None:
    assert understand("oui", language) == understand("oui")


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 50_000])
@pytest.mark.parametrize("piece", ["oui ", "a", "٣", "👍", "ne pas ", "1 et ", "؟"])
def test_length_never_raises(piece: str, length: int) -> None:
    assert isinstance(understand(piece * (length // len(piece))), Understood)


def test_a_letter_is_read_by_a_person() -> None:
    letter = "Bonjour, mon fils va au centre depuis deux ans et " * 40
    assert understand(letter, "fr") == Understood(Intent.QUESTION, question=True)


@pytest.mark.parametrize("zero", decimal_digits())
def test_digits_of_every_script_equal_ours(zero: str) -> None:
    for digit in range(10):
        theirs = chr(ord(zero) + digit)
        assert fold(theirs) == str(digit)
        for asked in Asked:
            assert understand(theirs, None, asked) == understand(str(digit), None, asked)


@given(
    st.sampled_from(KNOWN),
    st.lists(st.sampled_from(" .!…,\n\t\u200f\u00a0"), max_size=3).map("".join),
    st.lists(st.sampled_from(" .!…,\n\t\u200f\u00a0"), max_size=3).map("".join),
    st.sampled_from((str.upper, str.lower, str.title, str.swapcase)),
    st.booleans(),
)
def test_punctuation_case_and_accents_never_matter(
    known: tuple[str, str, Intent],
    before: str,
    after: str,
    case: type[str],
    plain: bool,
) -> None:
    language, word, intent = known
    if plain:
        apart = unicodedata.normalize("NFD", word)
        word = "".join(each for each in apart if not unicodedata.combining(each))
    assert understand(before + case(word) + after, language, Asked.RSVP).intent is intent


@given(st.sampled_from(("oui", "ok", "non", "sim", "evet")), st.integers(3, 12))
def test_drawn_out_letters_change_nothing(word: str, times: int) -> None:
    language = {"sim": "pt", "evet": "tr"}.get(word, "fr")
    plain = understand(word, language, Asked.RSVP)
    assert understand(word[:-1] + word[-1] * times, language, Asked.RSVP) == plain


@given(st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=12))
def test_a_slip_never_makes_a_refusal(word: str) -> None:
    """Only words listed as a refusal refuse: "stoq" and "unsubscrbe" do not."""
    heard = understand(word, "en", Asked.ANY).intent
    refusals = (
        "stop", "stopp", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout",
        "enough", "stopsms", "arret",
    )  # fmt: skip
    bare = {_squeezed(each) for each in refusals}
    assert heard is not Intent.STOP or _squeezed(word) in bare


def _squeezed(word: str) -> str:
    return "".join(each for at, each in enumerate(word) if at == 0 or word[at - 1] != each)


@pytest.mark.parametrize("text", ["stoq", "unsubscrbe", "désinscrre", "arrt", "cancl", "sotp"])
def test_a_misspelt_refusal_is_not_guessed(text: str) -> None:
    assert understand(text, "fr", Asked.ANY).intent is not Intent.STOP


@pytest.mark.parametrize(
    ("text", "meant"),
    [("disponibel", Intent.YES), ("imposible", Intent.NO), ("volonters", Intent.YES)],
)
def test_one_slip_in_a_long_word_is_forgiven(text: str, meant: Intent) -> None:
    assert understand(text, "fr", Asked.RSVP).intent is meant


@pytest.mark.parametrize(
    ("text", "asked", "intent"),
    [
        ("1", Asked.RSVP, Intent.YES), ("2", Asked.RSVP, Intent.NO),
        ("3", Asked.RSVP, Intent.MAYBE),
        ("0", Asked.RSVP, Intent.OTHER), ("9", Asked.RSVP, Intent.HELP),
        ("5", Asked.RSVP, Intent.OTHER),
        ("0", Asked.RATING, Intent.OTHER), ("4", Asked.RATING, Intent.RATING),
        ("5", Asked.RATING, Intent.OTHER),
        ("9", Asked.RATING, Intent.HELP), ("9", Asked.ANY, Intent.HELP),
        ("1", Asked.ANY, Intent.OTHER),
        ("9", Asked.HEADCOUNT, Intent.HEADCOUNT), ("0", Asked.HEADCOUNT, Intent.HEADCOUNT),
    ],
)  # fmt: skip
def test_a_bare_digit_answers_what_was_asked(text: str, asked: Asked, intent: Intent) -> None:
    assert understand(text, None, asked).intent is intent


@pytest.mark.parametrize(
    "text",
    ["à 18h", "18h30", "le 4 juillet", "06 39 98 00 12", "mon fils de 6 ans", "elle a 12 ans",
     "bus 12", "12/05", "2,5", "5 euros", "dans 2 jours", "le 12", "CM2", "2026"],
)  # fmt: skip
def test_hours_dates_ages_and_numbers_count_nobody(text: str) -> None:
    assert understand(text, "fr", Asked.HEADCOUNT).intent is not Intent.HEADCOUNT
    assert understand(f"oui {text}", "fr", Asked.RSVP).value is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("oui, c'est où ?", "fr"), ("oui mais mon mari ne vient pas", "fr"),
        ("yes, what time?", "en"),
        ("non, c'est quand la prochaine ?", "fr"), ("oui mais rappelez-moi", "fr"),
    ],
)  # fmt: skip
def test_what_stands_beside_an_answer_is_read_by_a_person(text: str, language: str) -> None:
    understood = understand(text, language, Asked.RSVP)
    assert understood.intent in (Intent.YES, Intent.NO)
    assert understood.question


@pytest.mark.parametrize("text", ["oui", "non merci", "oui 3", "👍", "peut-être"])
def test_a_plain_answer_needs_no_reader(text: str) -> None:
    assert not understand(text, "fr", Asked.RSVP).question
