"""What a person must see at once, and what only sounds like it."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.alarm import (
    FAMILIES,
    HARMLESS,
    SENSES,
    SPELLINGS,
    Alarm,
    Kind,
    _compiled,
    alarm,
    alarm_languages,
    warm,
)
from bot.understanding.lexicon import LOCALES
from bot.understanding.together import ME, NOT, PLAY, TOGETHER

RAISED: dict[str, dict[Kind, tuple[str, ...]]] = {
    "fr": {
        Kind.DANGER: (
            "au secours", "je suis en danger avec mes enfants", "mon fils a disparu",
            "il a menacé de me tuer", "on dort dehors avec les petits", "on a plus rien à manger",
            "AU SECOURSSSS !!!",
        ),
        Kind.VIOLENCE: (
            "mon mari me frappe", "il m'a tapée hier soir", "mon fils se fait frapper à l'école",
            "j'ai peur de mon mari", "oui mais il nous menace", "je suis victime de violences",
        ),
        Kind.DISTRESS: (
            "j'ai envie de mourir", "jveux mourir", "je pense au suicide", "je suis à bout",
            "j'ai plus la force de continuer",
        ),
        Kind.BEREAVEMENT: (
            "ma mère est décédée", "mon père est mort hier", "c'est l'enterrement de ma tante",
            "nous sommes en deuil", "j'ai perdu mon bébé",
        ),
        Kind.WRONG_NUMBER: (
            "vous vous trompez de numéro", "mauvais numéro", "je ne suis pas la maman de Léa",
        ),
        Kind.MOVING: ("on déménage à Lyon", "nous n'habitons plus à Paris", "il a changé d'école"),
        Kind.CALL_ME: ("appelez moi svp", "Rappelez-moi", "j'ai besoin de parler à quelqu'un"),
    },
    "ar": {
        Kind.VIOLENCE: ("زوجي يضربني", "rajli kaydrbni"),
        Kind.DISTRESS: ("أريد أن أموت", "bghit nmout"),
        Kind.BEREAVEMENT: ("توفي والدي", "mat baba"),
        Kind.WRONG_NUMBER: ("الرقم غلط",),
        Kind.CALL_ME: ("عيطولي", "اتصلوا بي"),
    },
    "tr": {
        Kind.DANGER: ("imdat", "oğlum kayıp"),
        Kind.VIOLENCE: ("kocam beni dövüyor",),
        Kind.DISTRESS: ("ölmek istiyorum", "kendimi öldüreceğim"),
        Kind.BEREAVEMENT: ("babam vefat etti",),
        Kind.MOVING: ("taşındık",),
    },
    "pt": {
        Kind.VIOLENCE: ("o meu marido bate-me", "ele me bateu"),
        Kind.DISTRESS: ("quero morrer",),
        Kind.BEREAVEMENT: ("a minha mãe faleceu",),
        Kind.CALL_ME: ("me liga por favor",),
    },
    "en": {
        Kind.DANGER: ("I'm in danger", "my son is missing"),
        Kind.VIOLENCE: ("my husband hits me",),
        Kind.DISTRESS: ("I want to kill myself",),
        Kind.BEREAVEMENT: ("my dad passed away",),
        Kind.WRONG_NUMBER: ("wrong number",),
        Kind.MOVING: ("we moved to Lille",),
        Kind.CALL_ME: ("call me back",),
    },
    "ro": {
        Kind.VIOLENCE: ("soțul mă bate",),
        Kind.DISTRESS: ("vreau sa mor",),
        Kind.BEREAVEMENT: ("a murit tata",),
        Kind.MOVING: ("ne-am mutat",),
    },
    "es": {
        Kind.VIOLENCE: ("mi marido me pega",),
        Kind.DISTRESS: ("me quiero morir",),
        Kind.BEREAVEMENT: ("murió mi padre",),
        Kind.WRONG_NUMBER: ("número equivocado",),
    },
    "uk": {
        Kind.VIOLENCE: ("чоловік мене б'є",),
        Kind.DISTRESS: ("не хочу жити",),
        Kind.BEREAVEMENT: ("помер тато",),
    },
    "ru": {
        Kind.VIOLENCE: ("муж меня бьёт",),
        Kind.DISTRESS: ("не хочу жить",),
        Kind.BEREAVEMENT: ("умерла бабушка",),
        Kind.CALL_ME: ("перезвоните мне",),
    },
    "sq": {
        Kind.VIOLENCE: ("burri më rreh",),
        Kind.DISTRESS: ("dua të vdes",),
        Kind.BEREAVEMENT: ("vdiq babai",),
    },
    "zh": {
        Kind.VIOLENCE: ("我老公打我",),
        Kind.DISTRESS: ("我不想活了",),
        Kind.BEREAVEMENT: ("爷爷去世了",),
        Kind.CALL_ME: ("请给我打电话",),
    },
    "ta": {
        Kind.VIOLENCE: ("என் கணவர் என்னை அடிக்கிறார்",),
        Kind.DISTRESS: ("தற்கொலை செய்ய தோணுது",),
        Kind.BEREAVEMENT: ("அப்பா இறந்துட்டார்",),
    },
    "fa": {
        Kind.VIOLENCE: ("شوهرم مرا می‌زند",),
        Kind.DISTRESS: ("میخواهم بمیرم",),
        Kind.BEREAVEMENT: ("پدرم فوت کرد",),
    },
    "ps": {Kind.VIOLENCE: ("خاوند مې ما وهي",), Kind.BEREAVEMENT: ("پلار مې وفات شو",)},
    "wo": {Kind.VIOLENCE: ("sama jëkkër dafa may dóor",), Kind.BEREAVEMENT: ("baay dee na",)},
    "ln": {Kind.VIOLENCE: ("mobali abetaka ngai",), Kind.BEREAVEMENT: ("tata akufi",)},
    "bm": {Kind.VIOLENCE: ("n cɛ bɛ n bugɔ",), Kind.BEREAVEMENT: ("n fa sara",)},
}  # fmt: skip

HARMLESS_TEXTS: dict[str, tuple[str, ...]] = {
    "fr": (
        "mon fils est mort de rire", "je suis mort de fatigue", "on se tue au travail",
        "c'est mortel", "danger ?", "c'est mort pour moi", "mdr je suis morte de rire",
        "mon téléphone est mort", "l'atelier sur les dangers des écrans c'est quand ?",
        "je m'appelle Fatou", "il frappe à la porte", "j'ai perdu mes clés", "du fromage râpé",
        "mon fils tape dans le ballon", "c'est pas urgent", "vous vous trompez de jour",
        "je ne suis pas en danger", "oui on vient", "non je travaille", "stop",
        "réunion sur le harcèlement ?", "on sera 3", "Bonjour, merci pour l'invitation",
    ),
    "ar": ("متت من الضحك", "نعم سنحضر", "la mane9derch"),
    "tr": ("gülmekten öldüm", "evet geliyoruz", "acil değil"),
    "pt": ("morri de rir", "o celular morreu, desculpa", "batemos um papo"),
    "en": ("I'm dead tired", "my phone died", "to die for", "can't wait", "we come"),
    "es": ("me muero de risa", "estoy muerta de sueño", "sí, vamos"),
    "ru": ("умерла со смеху", "телефон умер", "да, придём"),
    "zh": ("笑死我了", "累死了不去了", "好的"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("language", "kind", "text"),
    [
        (language, kind, text)
        for language, kinds in RAISED.items()
        for kind, texts in kinds.items()
        for text in texts
    ],
)
def test_an_alarm_is_raised(language: str, kind: Kind, text: str) -> None:
    raised = alarm(text, language)
    assert raised is not None
    assert raised.kind is kind
    assert raised.evidence


@pytest.mark.parametrize(
    ("language", "text"),
    [(language, text) for language, texts in HARMLESS_TEXTS.items() for text in texts],
)
def test_what_only_sounds_like_an_alarm_raises_none(language: str, text: str) -> None:
    assert alarm(text, language) is None
    assert alarm(text, None) is None


@pytest.mark.parametrize(
    "text", ["my husband hits me", "mon mari me frappe", "kocam beni dövüyor", "مات أبي"]
)
def test_a_parent_whose_language_is_unknown_is_heard_too(text: str) -> None:
    assert alarm(text, None) is not None
    assert alarm(text) == alarm(text, "")


def test_french_and_english_are_heard_whatever_was_declared() -> None:
    assert alarm("mon mari me frappe", "tr") == Alarm(Kind.VIOLENCE, "me frappe")
    assert alarm("I want to die", "tlh") == Alarm(Kind.DISTRESS, "want to die")


def test_the_most_urgent_of_several_is_told() -> None:
    told = alarm("appelez-moi, mon mari me frappe", "fr")
    assert told is not None
    assert told.kind is Kind.VIOLENCE


def test_a_harmless_phrase_hides_no_alarm_beside_it() -> None:
    raised = alarm("je suis morte de fatigue, mon mari me frappe", "fr")
    assert raised == Alarm(Kind.VIOLENCE, "me frappe")


@pytest.mark.parametrize(
    ("language", "text", "kind"),
    [
        ("fr", "devant les enfants hier soir il nous a encore cognés", Kind.VIOLENCE),
        ("fr", "mon fils dit que son oncle le touche sous la couette", Kind.VIOLENCE),
        ("fr", "rentrer à la maison me fait peur", Kind.VIOLENCE),
        ("fr", "jen ai assez, plus aucun espoir", Kind.DISTRESS),
        ("en", "the kids and i, evicted this morning", Kind.DANGER),
        ("es", "borracho otra vez, mi marido", Kind.VIOLENCE),
        ("tr", "dünden beri çocuklar aç", Kind.DANGER),
        ("ar", "rajli heddedni b lmous", Kind.DANGER),
    ],
)
def test_senses_near_each_other_raise_an_alarm_in_any_order(
    language: str, text: str, kind: Kind
) -> None:
    raised = alarm(text, language)
    assert raised is not None
    assert raised.kind is kind


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "il ne nous a pas cognés"),  # denied
        ("fr", "il nous a cognés au jeu mdr"),  # in play
        ("fr", "le mari garde les petits pendant que Léa range la salle, ça a bien cogné"),  # far
        ("tr", "o gün işteyim"),  # "he" in Turkish, "gun" in English
    ],
)
def test_senses_that_are_denied_played_far_apart_or_foreign_raise_none(
    language: str, text: str
) -> None:
    assert alarm(text, language) is None


@given(st.text(), st.sampled_from((*alarm_languages(), None, "", "xx", "../fr", "fr-FR")))
def test_no_text_ever_raises(text: str, language: str | None) -> None:
    raised = alarm(text, language)
    assert raised is None or raised.evidence


@given(st.sampled_from(["me frappe", "au secours"]), st.sampled_from(" .,!?\n\u200f…-"))
def test_punctuation_and_case_never_hide_an_alarm(words: str, sign: str) -> None:
    assert alarm(f"{sign}{words.upper()}{sign}", "fr") == alarm(words, "fr")


@pytest.mark.parametrize("length", [5_000, 200_000])
def test_length_never_raises(length: int) -> None:
    assert alarm("a" * length, "fr") is None
    assert alarm("au secours " * length, "fr") is not None


@pytest.mark.parametrize("code", alarm_languages())
def test_a_file_of_alarms_is_dated_and_knows_only_our_kinds(code: str) -> None:
    data = content(code)
    assert data["language"] == code
    assert data["state"] in ("draft", "reviewed")
    assert isinstance(data["reviewed_on"], date)
    tables = {FAMILIES, SENSES, SPELLINGS}
    assert set(data) - tables == {"language", "state", "reviewed_on", HARMLESS, *Kind}


@pytest.mark.parametrize("code", alarm_languages())
def test_a_file_lists_only_senses_that_combinations_name(code: str) -> None:
    named = {sense for one in TOGETHER for senses in one.senses for sense in senses}
    assert set(content(code)[SENSES]) <= named | {PLAY, NOT, ME}


def test_after_warming_a_first_message_compiles_nothing() -> None:
    warm()
    before = _compiled.cache_info().misses
    alarm("oui on vient")
    alarm("oui on vient", "fr")
    assert _compiled.cache_info().misses == before


def content(code: str) -> dict[str, Any]:
    with (LOCALES / code / "alarm.toml").open("rb") as file:
        return tomllib.load(file)
