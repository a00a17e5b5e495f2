"""Hours that people write without digits, or with a letter for the half of the day. Pure.

下午两点 -> 下午2点      ٢ م -> 2 pm      الساعة الثانية -> الساعة 2      பி.ப. 2 -> 2 pm
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SPELLED: tuple[tuple[re.Pattern[str], str], ...] = (  # halves of the day in one or two letters
    (re.compile(r"(?<=\d)\s?(?:م|ب\.?\s?ظ)(?![^\W\d_])\.?"), " pm"),
    (re.compile(r"(?<=\d)\s?(?:ص|ق\.?\s?ظ)(?![^\W\d_])\.?"), " am"),
    (re.compile(r"பி\.\s?ப\.?\s?(\d{1,2}(?::\d{2})?)"), r"\1 pm"),
    (re.compile(r"மு\.\s?ப\.?\s?(\d{1,2}(?::\d{2})?)"), r"\1 am"),
)
CHINESE_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九十")}
CHINESE_DIGITS |= {"两": 2, "兩": 2}
CHINESE_WORDS = re.compile(  # "一点" alone is "a little"
    r"(?:(?<=[上下中]午)|(?<=早上)|(?<=晚上)|(?<=傍晚)|(?<=凌晨)|(?!一[点點]))"
    r"(二?十[一二三四五六七八九]?|[一二三四五六七八九两兩])(?=\s?[点點时時])"
)
ARABIC_HOURS = (
    "الواحدة", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة", "الثامنة",
    "التاسعة", "العاشرة", "الحادية عشرة", "الثانية عشرة",
)  # fmt: skip
ARABIC_WORDS = re.compile(
    rf"(?<=الساعة )({'|'.join(sorted(ARABIC_HOURS, key=len, reverse=True))})(?!\w)"
)
AFTERNOON: Mapping[str, tuple[str, ...]] = {  # after a small number: twelve hours later
    "ar": ("بعد الظهر", "مساء", "عصر", "ظهر", "ليل"),
    "en": ("afternoon", "evening", "night"),
    "es": ("tarde", "noche"),
    "fr": ("après-midi", "soir"),
    "prs": ("بعد از ظهر", "بعدازظهر", "شام", "عصر", "شب"),
    "ps": ("غرمې وروسته", "ماسپښین", "ماښام", "مازدیګر", "شپې"),
    "pt": ("tarde", "noite"),
    "ro": ("după-amiaz", "după amiaz", "seara", "seară"),
    "ru": ("дня", "вечера", "после обеда"),
    "sq": ("pasdite", "mbasdite", "mbrëmj"),
    "ta": ("மதிய", "மாலை", "பிற்பகல்", "இரவு"),
    "tr": ("öğleden sonra", "akşam", "ikindi"),
    "uk": ("дня", "вечора", "після обіду", "пополудні"),
    "zh": ("下午", "晚上", "傍晚"),
}


def in_digits(text: str) -> str:
    """The text with its hours as digits, `am` and `pm`; its own digits are ASCII already."""
    told = CHINESE_WORDS.sub(lambda one: str(_chinese(one[1])), text)
    told = ARABIC_WORDS.sub(lambda one: str(ARABIC_HOURS.index(one[1]) + 1), told)
    for pattern, plain in SPELLED:
        told = pattern.sub(plain, told)
    return told


def _chinese(written: str) -> int:
    """A small number in Chinese signs: 二十一 is 21."""
    tens, ten, ones = written.partition("十")
    if not ten:
        return CHINESE_DIGITS[written]
    return 10 * CHINESE_DIGITS.get(tens, 1) + CHINESE_DIGITS.get(ones, 0)
