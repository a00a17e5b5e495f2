"""What a family stands by, changed a little, in every language: all of it is found.

The faithful examples are what parents read: dates and hours as our own messages write them, in
either digits of a language, and as its speakers write hours. Nothing of them may be called wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import cache

import pytest

from bot.flows.menus import LANGUAGES
from bot.invariants import Kind, agrees, differences
from bot.languages import LOCALES
from bot.reviews import wordings
from bot.translation import day, hour

OTHERS = [one for one in LANGUAGES if one != "fr"]
DIGITS = {
    "ar": "٠١٢٣٤٥٦٧٨٩",
    "prs": "۰۱۲۳۴۵۶۷۸۹",
    "ps": "۰۱۲۳۴۵۶۷۸۹",
    "ta": "௦௧௨௩௪௫௬௭௮௯",
    "zh": "０１２３４５６７８９",
}
YEAR = [date(2026, 1, 1) + timedelta(days=one) for one in range(365)]
QUARTERS = [time(one // 4, one % 4 * 15) for one in range(96)]


def in_digits(text: str, language: str) -> str:
    return text.translate(str.maketrans("0123456789", DIGITS.get(language, "0123456789")))


@pytest.mark.parametrize("language", OTHERS)
def test_every_date_of_ours_is_faithful_and_no_other_date_passes_for_it(language: str) -> None:
    for on in YEAR:
        said = f"Venez {day(on, 'fr')}"
        for own in (day(on, language), in_digits(day(on, language), language)):
            assert agrees(said, own, language), (said, own)
        for days in (1, 7, 28, 31, 35, 182):
            other = day(on + timedelta(days=days), language)
            assert not agrees(said, other, language), (said, other)


@pytest.mark.parametrize("language", OTHERS)
def test_every_hour_of_ours_is_faithful_and_no_other_hour_passes_for_it(language: str) -> None:
    for at in QUARTERS:
        said = f"À {hour(at, 'fr')}"
        for own in (hour(at, language), in_digits(hour(at, language), language)):
            assert agrees(said, own, language), (said, own)
        for other in (at.replace(hour=one) for one in range(24) if one != at.hour):
            assert not agrees(said, hour(other, language), language), (said, other)
        for other in (at.replace(minute=one) for one in (0, 15, 30, 45) if one != at.minute):
            assert not agrees(said, hour(other, language), language), (said, other)


WRITTEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # 14 h, 9 h
    "ar": (
        ("١٤:٠٠", "الساعة ٢ بعد الظهر", "٢ م", "٢:٠٠ م", "2 مساءً", "2 عصرًا", "الساعة الثانية ظهرا"),
        ("٩:٠٠", "٩ صباحا", "٩ ص", "الساعة ٩", "9:00 ص", "الساعة التاسعة صباحا"),
    ),
    "en": (
        ("2 pm", "2 p.m.", "2:00 pm", "14:00", "2 in the afternoon", "2PM"),
        ("9 am", "9 a.m.", "9 in the morning", "09:00", "9 o'clock"),
    ),
    "es": (
        ("14:00", "14 h", "14.00", "las 2 de la tarde", "2:00 p. m."),
        ("9:00", "las 9 de la mañana", "9 a. m.", "9.00 h"),
    ),
    "prs": (
        ("۱۴:۰۰", "ساعت ۲ بعد از ظهر", "ساعت ۱۴", "۲ ب.ظ", "ساعت ۲ بعدازظهر"),
        ("۹:۰۰", "ساعت ۹ صبح", "۹ ق.ظ"),
    ),
    "ps": (
        ("۱۴:۰۰", "د ماسپښین ۲ بجې", "۱۴ بجې", "له غرمې وروسته ۲ بجې"),
        ("۹:۰۰", "د سهار ۹ بجې"),
    ),
    "pt": (
        ("14h", "14h00", "14:00", "2 da tarde", "às 14 horas"),
        ("9h", "9 da manhã", "9:00"),
    ),
    "ro": (
        ("14:00", "ora 14", "2 după-amiază", "ora 14.00", "2 după amiaza"),
        ("9:00", "ora 9", "9 dimineața"),
    ),
    "ru": (
        ("14:00", "14 часов", "2 часа дня", "14.00", "в 2 дня"),
        ("9:00", "9 часов", "9 утра"),
    ),
    "sq": (("ora 14:00", "ora 14", "ora 2 pasdite"), ("ora 9", "9:00", "ora 9 e mëngjesit")),
    "ta": (
        ("பிற்பகல் 2 மணி", "14:00", "மதியம் 2 மணி", "பி.ப. 2", "பி.ப. ௨"),
        ("காலை 9 மணி", "9:00", "மு.ப. 9 மணி"),
    ),
    "tr": (
        ("14:00", "14.00", "saat 14", "öğleden sonra 2", "14'te"),
        ("9:00", "09.00", "sabah 9"),
    ),
    "uk": (
        ("14:00", "14 година", "2 година дня", "14.00", "о 14 год."),
        ("9:00", "9 ранку", "о 9-й"),
    ),
    "zh": (
        ("下午两点", "下午2点", "14点", "14:00", "下午二时", "十四点", "下午２点"),
        ("上午9点", "早上九点", "9:00", "９点"),
    ),
}  # fmt: skip


def ways() -> Iterator[tuple[str, str, int]]:
    for language, (two, nine) in WRITTEN.items():
        yield from ((language, one, 14) for one in two)
        yield from ((language, one, 9) for one in nine)


def test_hours_are_written_for_every_language() -> None:
    assert sorted(WRITTEN) == sorted(OTHERS)


@pytest.mark.parametrize(("language", "written", "at"), list(ways()))
def test_an_hour_as_its_speakers_write_it_is_that_hour_and_no_other(
    language: str, written: str, at: int
) -> None:
    assert agrees(f"À {at} h", written, language)
    others = [one for one in range(8, 24) if one != at]  # nobody meets parents in the night
    passed = [one for one in others if agrees(f"À {one} h", written, language)]
    assert passed == []


TUESDAY = ["سه‌شنبه", "سه شنبه", "سه\u200cشنبه ۶ جنوری"]


@pytest.mark.parametrize("written", TUESDAY)
def test_a_day_in_two_words_is_not_the_day_that_it_ends_in(written: str) -> None:
    found = differences("Mardi 6 janvier" if "۶" in written else "Mardi", written, "prs")
    assert [one for one in found if one.grave] == []
    assert Kind.DAY in {one.kind for one in differences("Samedi", written, "prs")}


@cache
def shipped(language: str) -> tuple[tuple[str, str], ...]:
    """Every message to parents in French and as it is shipped in another language."""
    french = wordings("fr", LOCALES)
    pairs = []
    for name, own in wordings(language, LOCALES).items():
        source = french[name].forms[-1]
        pairs += [(source, form) for form in own.forms[-1:] if form.strip() and source.strip()]
    return tuple(pairs)


@pytest.mark.parametrize("language", OTHERS)
def test_shipped_translations_are_faithful_and_damaged_ones_are_not(language: str) -> None:
    pairs = shipped(language)
    assert len(pairs) > 100
    false = [
        (one, other)
        for one, other in pairs
        if any(each.grave for each in differences(one, other, language))
    ]
    assert false == []
    for one, other in pairs:
        placed = differences(one, other, language) == () and "{" in other
        if placed:
            start, end = other.index("{"), other.index("}") + 1
            dropped = other[:start] + other[end:]
            assert not agrees(one, dropped, language), dropped
