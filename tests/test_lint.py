"""What is seen in words for parents: each rule with what it catches and what it lets pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.shapes import SHAPES
from bot.lint import (
    Level,
    blocks,
    cheaper,
    dear_letters,
    direction_faults,
    lint_message,
    lint_text,
    lint_words,
    reading_ease,
    sentences,
)
from bot.translation import END_ISOLATE, ISOLATE, catalog_languages

NAMES = frozenset({"Youssef", "Inès", "Rose"})


def codes(text: str, language: str = "fr") -> dict[str, Level]:
    """What is seen in a field, by code."""
    return {one.code: one.level for one in lint_words(text, language, names=NAMES)}


def many(count: int) -> str:
    return " ".join(["mot"] * count) + "."


@pytest.mark.parametrize(
    ("text", "language", "code", "level"),
    [
        (many(13), "fr", "long_sentence", "warn"),
        (many(20), "fr", "long_sentence", "warn"),
        (many(21), "fr", "long_sentence", "block"),
        ("天" * 26 + "。", "zh", "long_sentence", "warn"),
        ("كلمة " * 21 + "؟", "ar", "long_sentence", "block"),
        ("Oui. Non. Oui. Non. Oui.", "fr", "many_sentences", "warn"),
        ("是。不。是！不？是。", "zh", "many_sentences", "warn"),
        ("Inscription au CLAS", "fr", "acronym", "block"),
        ("Inscription au CLAS", "tr", "acronym", "block"),
        ("Café de la parentalité", "fr", "jargon", "block"),
        ("CAFE DE LA PARENTALITE", "fr", "jargon", "block"),
        ("Un nouveau dispositif", "fr", "jargon", "block"),
        ("Un intervenant vient", "fr", "heavy", "warn"),
        ("Faites un don", "fr", "donation", "block"),
        ("Bağışlarınız", "tr", "donation", "block"),
        ("Rendez-vous le 03/11", "fr", "numeric_date", "block"),
        ("Rendez-vous le 3/11/2026", "fr", "numeric_date", "block"),
        ("Rendez-vous le 2026-11-03", "fr", "numeric_date", "block"),
        ("Rendez-vous le 3/4", "fr", "numeric_date", "warn"),
        ("Le 3 novembre à 18h", "fr", "no_weekday", "warn"),
        ("Le 1er mars", "fr", "no_weekday", "warn"),
        ("28 листопада", "uk", "no_weekday", "warn"),
        ("11月28日见", "zh", "no_weekday", "warn"),
        ("28 نومبر", "prs", "no_weekday", "warn"),
        ("On commence à 18:30", "fr", "hour", "warn"),
        ("50 % des enfants", "fr", "percent", "block"),
        ("٥٠٪", "ar", "percent", "block"),
        ("Le XIXe siècle", "fr", "roman", "warn"),
        ("Salle XII", "fr", "roman", "warn"),
        ("Bonjour {prenom}", "fr", "unfilled", "block"),
        ("Bonjour {{1}}", "fr", "unfilled", "block"),
        ("Bonjour [prénom]", "fr", "unfilled", "block"),
        ("Salle XXX", "fr", "unfilled", "block"),
        ("Anticonstitutionnellement", "fr", "long_word", "warn"),
        ("Le groupe de Youssef", "fr", "child_name", "block"),
        ("Le sac d'Inès", "fr", "child_name", "block"),
        ("« Ça va »", "fr", "dear_signs", "warn"),
    ],
)
def test_what_is_hard_dear_or_forbidden_is_seen(
    text: str, language: str, code: str, level: str
) -> None:
    assert codes(text, language).get(code) == level


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Atelier cuisine", "fr"),
        (many(12), "fr"),
        ("Mardi 3 novembre à 18h30", "fr"),
        ("samedi 1er mars", "fr"),
        ("субота 28 листопада", "uk"),
        ("11月28日星期六 18:00", "zh"),
        ("Starts at 18:30", "en"),
        ("Le dispensaire donne des cadeaux", "fr"),
        ("Demandez à Mme Rose", "fr"),
        ("La rose du jardin", "fr"),
        ("Pour les CM2 et les 6e", "fr"),
        ("Les 3/4 ans", "en"),
        ("Voir https://carnet.example.org/l/03/11?x=CLAS%20", "es"),
        ("ورشة القراءة", "ar"),
        ("我们等您来！", "zh"),
    ],
)
def test_plain_words_pass(text: str, language: str) -> None:
    found = codes(text, language)
    if "3/4" in text:
        assert found == {"numeric_date": Level.WARN}
    elif "CLAS%" in text:
        assert not {"acronym", "numeric_date", "long_word"} & set(found) - {"acronym"}
    else:
        assert found == {}


def test_a_name_is_no_secret_where_the_centre_names_children() -> None:
    assert lint_words("Le groupe de Youssef", "fr") == ()


def test_every_finding_says_what_to_do_and_where() -> None:
    found = lint_text("Venez le 03/11 au CLAS, {nom} ? Oui ? 50 %", "fr", where="titre")
    assert {one.where for one in found} == {"titre"}
    assert all(one.advice.endswith((".", "»")) for one in found)
    assert blocks(found)
    assert len(found) == len(set(found))


# -- letters and segments -------------------------------------------------------------------------


def test_dear_signs_are_named_with_their_number_and_what_to_write() -> None:
    [seen] = [one for one in lint_words("« L’été » … ça", "fr") if one.code == "dear_signs"]
    for told in ('« par " (1 fois)', "’ par ' (1 fois)", "… par ... (1 fois)", "ç par c (1 fois)"):
        assert told in seen.advice


@pytest.mark.parametrize(
    ("text", "language", "cheap"),
    [
        ("« L’été »\u00a0…", "fr", '" L\'été " ...'),
        ("La forêt, c’est sûr", "fr", "La forêt, c'est sûr"),
        ("Ça va être bien", "fr", "Ça va etre bien"),
        ("Günaydın – çok", "tr", "Günaydın - çok"),
    ],
)
def test_accents_that_carry_meaning_stay(text: str, language: str, cheap: str) -> None:
    assert cheaper(text, language) == cheap


def test_nothing_is_offered_where_nothing_would_be_cheaper() -> None:
    assert "dear_signs" not in codes("« Günaydın, şimdi »", "tr")
    assert "dear_signs" not in codes("La « forêt »")


def test_a_message_of_three_sms_is_told_with_the_signs_that_cost() -> None:
    text = "Bonjour «" + "a" * 140
    [seen] = [one for one in lint_message(text, "fr") if one.code == "segments"]
    assert "coûte 3 SMS" in seen.advice
    assert "« (1)" in seen.advice
    assert "il en coûte 1" in seen.advice
    assert not lint_message(text, "fr", sms="")
    assert dear_letters("éàù") == {}


# -- a message and its answers --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "labels", "asks", "code"),
    [
        ("Venez-vous ? Avec qui ?", ("Oui", "Non"), True, "several_questions"),
        ("هل ستحضرون؟ مع من؟", ("نعم", "لا"), True, "several_questions"),
        ("Venez-vous ?", (), True, "no_answer"),
        ("Venez-vous ?", (), False, "no_answer"),
        ("Venez-vous ?", ("Oui", "Oui"), True, "labels_alike"),
        ("Venez-vous ?", ("Oui, avec tous les enfants", "Non"), True, "label"),
        ("Venez-vous ?", tuple(map(str, range(11))), True, "labels"),
    ],
)
def test_one_question_with_answers_that_fit(
    text: str, labels: tuple[str, ...], asks: bool, code: str
) -> None:
    found = lint_message(text, "fr", labels=labels, asks=asks, shapes=SHAPES)
    assert code in {one.code for one in found}
    fine = lint_message("Venez-vous ?", "fr", labels=("Oui", "Non"), asks=True, shapes=SHAPES)
    assert fine == ()


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        (f"ورشة {ISOLATE}CLAS{END_ISOLATE}", False),
        ("ورشة CLAS", True),
        ("الساعة 18:00", True),
        ("1 نعم\n2 لا", False),
        ("Un texte français", False),
        ("https://carnet.example.org/l/abc", False),
    ],
)
def test_mixed_directions_need_isolates(text: str, faulty: bool) -> None:
    assert bool(direction_faults(text)) is faulty
    seen = {one.code for one in lint_message(text, "ar")}
    assert ("direction" in seen) is faulty
    assert "direction" not in {one.code for one in lint_message(text, "fr")}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Oui. Non ! Oui ?", 3),
        ("À 18:30 au 3.5", 1),
        ("نعم؟ لا؛ نعم۔", 3),
        ("是。不！是？", 3),
        ("हाँ। नहीं।", 2),
        ("Venez-vous ?\n1 Oui\n2 Non", 1),
        ("1 = Oui\n2 = Non", 0),
        ("Voir https://a.example/b.c?d", 1),
        ("", 0),
    ],
)
def test_sentences_end_as_each_script_ends_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_reading_ease_is_a_second_opinion_for_long_french() -> None:
    easy = "Le bus part à midi. " * 6
    hard = "La structuration méthodologique des accompagnements institutionnels collaboratifs. " * 4
    assert reading_ease("Oui ?") is None
    assert (reading_ease(easy) or 0) > 95
    assert (reading_ease(hard) or 0) < 40
    assert codes(hard)["reading_ease"] is Level.WARN
    assert "reading_ease" not in codes(hard, "en")


TORN = st.text(st.characters(exclude_categories=()), max_size=120)


@given(TORN, st.sampled_from((*catalog_languages(), "xx", "", "../fr")), TORN)
def test_any_unicode_is_looked_at(text: str, language: str, name: str) -> None:
    found = lint_text(text, language, names=(name,))
    assert all(one.advice and one.level in set(Level) for one in found)
    for one in found:
        one.advice.encode("utf-8")
    lint_message(text, language, labels=(text, name), asks=True, shapes=SHAPES)


@given(st.text(max_size=80))
def test_cheaper_words_are_never_dearer(text: str) -> None:
    assert sum(dear_letters(cheaper(text, "fr")).values()) <= sum(dear_letters(text).values())
