"""The words that parents of other languages answer with, and how they refuse our messages."""

from __future__ import annotations

import pytest

from bot.messages import Asked

from .meaning import heard


@pytest.mark.parametrize(
    ("language", "yes", "no", "maybe"),
    [
        ("es", "Sí, iremos", "No puedo, trabajo", "no sé"),
        ("uk", "Так, прийдемо", "На жаль, не зможу", "не знаю ще"),
        ("ru", "Да, будем", "Не смогу, работаю", "может быть"),
        ("sq", "Po, vijmë", "Jo faleminderit", "nuk e di"),
        ("zh", "好的，我会来", "来不了，要上班", "还不知道"),
        ("ta", "ஆம், வருகிறேன்", "வர முடியாது", "தெரியவில்லை"),
        ("fa", "بله، می‌آیم", "متاسفانه نمی‌توانم", "نمی‌دانم"),
        ("prs", "بلی", "نخیر", "شاید"),
        ("ps", "هو، راځم", "نه، نشم راتلی", "نه پوهیږم"),
        ("snk", "yo, nawari", "ayi", "n ma tu"),
        ("wo", "waaw", "déedéet", "xamuma"),
        ("bm", "awɔ, n bɛ na", "ayi, n te na", "n t'a dɔn"),
        ("ln", "iyo, nakoya", "nakoya te", "nayebi te"),
        ("zdj", "ewa marahaba", "tsidja", "ntsidjui"),
        ("so", "haa", "maya", "ma garanayo"),
        ("bg", "Да, ще дойда", "Не мога", "може би"),
        ("it", "Sì, ci saremo", "non posso, lavoro", "forse"),
        ("de", "Ja, wir kommen", "Nein, leider nicht", "weiß nicht"),
        ("vi", "vâng, tôi sẽ đến", "không thể đến", "có lẽ"),
        ("ka", "კი, მოვალ", "ვერ მოვალ", "არ ვიცი"),
        ("bn", "হ্যাঁ, আসব", "আসতে পারব না", "জানি না"),
        ("hi", "हाँ, आऊंगा", "नहीं आ सकता", "पता नहीं"),
        ("ku", "erê, ez têm", "na, ez nayêm", "ez nizanim"),
        ("kab", "ih, ad d-aseɣ", "ala, ur zmireɣ ara", "ur ẓriɣ ara"),
    ],
)
def test_each_language_says_yes_no_and_maybe(language: str, yes: str, no: str, maybe: str) -> None:
    said = [heard(text, language) for text in (yes, no, maybe)]
    assert said == ["yes", "no", "maybe"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("yo", "tr", "no"), ("yo", "snk", "yes"), ("yo", None, "other"),
        ("jo", "sq", "no"), ("jo", "sv", "yes"), ("jo", None, "other"),
        ("da", "ro", "yes"), ("ne", "sr", "no"), ("ne", "fr", "other"),
        ("la", "ar", "no"), ("la", "fr", "other"), ("si", "es", "yes"), ("si", "fr", "question"),
    ],
)  # fmt: skip
def test_the_declared_language_decides(text: str, language: str | None, expected: str) -> None:
    assert heard(text, language) == expected


@pytest.mark.parametrize("language", ["ar", "tr", "pt", "ro", "uk", "zh", "snk", "xx", "", None])
@pytest.mark.parametrize(
    ("text", "expected"), [("oui merci", "yes"), ("je peux pas", "no"), ("yes thanks", "yes")]
)
def test_french_and_english_are_always_known(
    language: str | None, text: str, expected: str
) -> None:
    assert heard(text, language) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("na3am nchallah", "yes"), ("man9derch", "no"), ("evet", "yes"), ("gelemem", "no"),
        ("sim", "yes"), ("não posso", "no"), ("nu pot", "no"), ("прийдемо", "yes"),
        ("inchallah", "maybe"), ("نعم", "yes"), ("好的", "yes"), ("STOP", "stop"),
    ],
)  # fmt: skip
def test_without_a_language_only_what_is_plain_is_understood(text: str, expected: str) -> None:
    assert heard(text, None) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "no me escriban más"), ("it", "non mandatemi più messaggi"),
        ("uk", "не пишіть мені"),
        ("ru", "удалите мой номер"), ("sq", "mos më shkruani"), ("zh", "退订"),
        ("de", "Lassen Sie mich in Ruhe"),
        ("ta", "நிறுத்து"), ("fa", "پیام ندهید"), ("ps", "پیغام مه لیږئ"), ("so", "jooji"),
        ("bg", "не ми пишете"),
        ("wo", "bayyileen ma"), ("ln", "botika kotindela ngai"), ("pl", "nie piszcie do mnie"),
        ("vi", "đừng nhắn tin"),
    ],
)  # fmt: skip
def test_messages_can_be_refused_in_each_language(language: str, text: str) -> None:
    assert heard(text, language, Asked.ANY) == "stop"
