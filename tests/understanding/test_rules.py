"""Rules that hold whatever the language: nothing raises, and spelling never matters."""

from __future__ import annotations

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages import Asked
from bot.understanding.intent import Intent, Scope, Understood, understand
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
        ("5", Asked.RATING, Intent.RATING), ("6", Asked.RATING, Intent.OTHER),
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


@pytest.mark.parametrize(
    ("text", "language", "intent", "scope"),
    [
        ("stop", "fr", Intent.STOP, Scope.EVERYTHING),
        ("arrêtez de m'écrire", "fr", Intent.STOP, Scope.EVERYTHING),
        ("désinscrivez-moi de la liste", "fr", Intent.STOP, Scope.EVERYTHING),
        ("plus de questionnaires", "fr", Intent.STOP, Scope.SURVEYS),
        ("arrêtez les enquêtes", "fr", Intent.STOP, Scope.SURVEYS),
        ("ne m'envoyez plus d'enquêtes", "fr", Intent.STOP, Scope.SURVEYS),
        ("no more surveys please", "en", Intent.STOP, Scope.SURVEYS),
        ("arrêtez les messages pour cette sortie", "fr", Intent.STOP, Scope.EVENT),
        ("annulez-moi l'atelier", "fr", Intent.NO, Scope.EVENT),
        ("désinscrivez-moi de l'atelier", "fr", Intent.NO, Scope.EVENT),
        ("pas pour cette sortie", "fr", Intent.NO, Scope.EVENT),
        ("cancel the workshop", "en", Intent.NO, Scope.EVENT),
    ],
)  # fmt: skip
def test_a_refusal_says_how_much_it_refuses(
    text: str, language: str, intent: Intent, scope: Scope
) -> None:
    for asked in (Asked.RSVP, Asked.ANY):
        understood = understand(text, language, asked)
        assert (understood.intent, understood.scope) == (intent, scope)


@pytest.mark.parametrize(
    "text",
    ["je n'ai pas reçu le questionnaire", "pas le temps pour le questionnaire",
     "je ne peux pas répondre à l'enquête", "j'ai fait l'enquête", "c'est quoi cette enquête ?"],
)  # fmt: skip
def test_who_speaks_of_a_survey_does_not_refuse_surveys(text: str) -> None:
    assert understand(text, "fr", Asked.RSVP).intent is not Intent.STOP


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("nous serons à Marseille", "fr"), ("we will be in London", "en"),
        ("мы будем в Лилле", "ru"), ("on aimerait venir mais c'est loin", "fr"),
        ("oui mais malheureusement Ibrahim kotoko", "fr"), ("je n'annule pas", "fr"),
        ("pas possible le matin mais l'aprem oui", "fr"), ("ممكن أجيب أختي؟", "ar"),
        ("可以带孩子吗", "zh"), ("не то чтобы да", "ru"),
        ("müsait olamayacağım", "tr"), ("gecikmeyeceğim geliyorum", "tr"),
    ],
)  # fmt: skip
def test_what_may_turn_an_answer_around_is_read_by_a_person(text: str, language: str) -> None:
    assert understand(text, language, Asked.RSVP).intent not in (Intent.YES, Intent.NO)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("gelmeyi düşünüyorum", "tr"), ("geliyoruz", "tr"), ("ما كاين مشكل", "ar"),
        ("не против", "ru"), ("no faltaba más", "es"), ("cómo no", "es"), ("kein Problem", "de"),
        ("不见不散", "zh"), ("没问题", "zh"), ("aucun souci", "fr"), ("can't wait", "en"),
        ("don't mind if I do", "en"), ("s'ka problem", "sq"), ("нет проблем", "ru"),
        ("sem problema", "pt"), ("nicio problemă", "ro"), ("ah non pardon je viens", "fr"),
    ],
)  # fmt: skip
def test_a_negation_inside_a_yes_stays_a_yes(text: str, language: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.YES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("gelmeyi düşünmüyorum", "tr"), ("gelmiyoruz", "tr"), ("ما كانقدرش", "ar"),
        ("ماراح اقدر", "ar"), ("не приду", "ru"), ("нет, не не могу", "ru"), ("não, não vou", "pt"),
        ("不去了", "zh"), ("je viens pas pour le moment", "fr"), ("sans façon merci", "fr"),
        ("nobody can come", "en"), ("ja aber leider geht es nicht", "de"), ("non ça ira", "fr"),
    ],
)  # fmt: skip
def test_a_no_stays_a_no(text: str, language: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.NO


@pytest.mark.parametrize(
    "text", ["не прийду", "не придем", "нас не буде", "we can't", "si je peux"]
)
def test_without_a_language_a_negation_never_becomes_a_yes(text: str) -> None:
    assert understand(text, None, Asked.RSVP).intent is not Intent.YES


@pytest.mark.parametrize(
    ("text", "total"),
    [("pas 4 mais 3", 3), ("4 non 3", 3), ("moi plus 2 enfants", 3), ("une personne", 1),
     ("papa, maman et 3 enfants", None), ("entre 2 et 4", None)],
)  # fmt: skip
def test_a_corrected_or_added_number_counts_as_said(text: str, total: int | None) -> None:
    assert understand(text, "fr", Asked.HEADCOUNT).value == total


def test_children_who_are_brought_leave_the_adults_open() -> None:
    """Who comes "with two children" did not say how many adults; the flow asks."""
    understood = understand("oui avec mes deux enfants", "fr", Asked.RSVP)
    assert understood == Understood(Intent.YES, None, None, 2)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        ("4/5", 4),
        ("5 sur 5", 5),
        ("4 out of 5", 4),
        ("un bon 4", 4),
        ("⭐⭐⭐⭐⭐", 5),
        ("9 sur 10", None),
    ],
)
def test_a_rating_may_name_its_scale(text: str, rating: int | None) -> None:
    assert understand(text, "fr", Asked.RATING).value == rating
