"""One spelling for what people write in many: letters, digits, accents, signs and punctuation.

    "OUIII !! 👍🏽"  ->  "ouiii !! 👍"        "À ٣"  ->  "a 3"        "İyi"  ->  "iyi"

Lexicons pass through the same function, so both sides of a comparison are folded alike.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 1_000  # characters; a longer message is a letter, and a person reads it

_SAME_LETTER = {
    # Turkish, Nordic, Polish, French: letters that do not decompose
    "ı": "i", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "œ": "oe", "æ": "ae", "ə": "e", "ɛ": "e",
    "ɔ": "o", "ŋ": "n", "ɣ": "gh",
    # Arabic and Persian: hamza seats, alef maksura, ta marbuta, keyboard variants
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ۍ": "ي", "ئ": "ي",
    "ؤ": "و", "ۆ": "و", "ة": "ه", "ۀ": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ک": "ك", "ګ": "گ",
    "ے": "ي", "ټ": "ت", "ڼ": "ن", "ړ": "ر",
    # Traditional and simplified forms that answers are made of
    "沒": "没", "問": "问", "題": "题", "對": "对", "會": "会", "來": "来", "們": "们", "個": "个",
    "謝": "谢", "說": "说", "語": "语", "時": "时", "間": "间", "點": "点", "嗎": "吗", "麼": "么",
    "幾": "几", "裡": "里", "裏": "里", "誰": "谁", "為": "为", "幫": "帮", "請": "请", "貳": "二",
    "壹": "一", "叁": "三", "拾": "十", "兩": "两", "參": "参", "過": "过", "還": "还", "這": "这",
    "開": "开", "學": "学", "訊": "讯", "發": "发", "給": "给", "電": "电", "話": "话", "聯": "联",
    "係": "系", "確": "确", "認": "认", "見": "见", "絕": "绝", "後": "后", "無": "无",
    "簡": "简", "體": "体", "讓": "让", "將": "将", "現": "现", "準": "准", "許": "许",
}  # fmt: skip
_SAME_SIGN = {
    "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "ʹ": "'", "‛": "'", "‐": "-", "‑": "-",
    "–": "-", "—": "-", "؟": "?", "⸮": "?", "՞": "?", "𠲎": "?", "❓": "?", "❔": "?", ";": ",",
    "،": ",", "、": ",", "؛": ",", "፣": ",", "՝": ",", "।": ".", "॥": ".", "۔": ".", "。": ".",
    "።": ".", "։": ".", "¿": " ", "¡": " ", "×": "x", "➕": "+", "_": " ", "ँ": "ं",
}  # fmt: skip
_DROPPED = re.compile(
    "["
    "\u0300-\u036f"  # accents, once decomposed
    "\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640"  # vowel points, tatweel
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # invisible
    "\ufe00-\ufe0f\u20e3\U0001f3fb-\U0001f3ff"  # emoji variants, keycaps, skin tones
    "\u055b\u055c"  # Armenian emphasis, written inside the word
    "]+"
)


class _Folds(dict[int, str | int]):
    """What each character becomes; every Unicode decimal digit becomes an ASCII one."""

    def __missing__(self, code: int) -> str | int:
        digit = unicodedata.decimal(chr(code), None)
        self[code] = code if digit is None else str(digit)
        return self[code]


_FOLDS = _Folds({ord(k): v for k, v in (_SAME_LETTER | _SAME_SIGN).items()})


def fold(text: str) -> str:
    """Lower case, no accents, ASCII digits, plain punctuation. Long texts are cut."""
    return fold_all(text[:LONGEST])


def fold_all(text: str) -> str:
    """As `fold`, whatever the length."""
    if text.isascii():
        return text.lower().replace("`", "'").replace(";", ",").replace("_", " ")
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _DROPPED.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text.translate(_FOLDS))
