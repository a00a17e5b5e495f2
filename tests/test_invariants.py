"""What a translation may not change, in every language: good ones pass, damaged ones do not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.flows.menus import LANGUAGES
from bot.invariants import Kind, agrees, differences, spans, told

ORIGINAL = """Jeudi 3 décembre à 14 h, Salle bleue.
Apportez 2 photos et 5 €.
Appelez le 06 39 98 00 00 ou lisez https://exemple.org/fete?a=1
Pouvez-vous venir ?"""

GOOD = {
    "ar": """الخميس 3 ديسمبر الساعة 14:00، Salle bleue.
أحضروا صورتين (2) و5 €.
اتصلوا على 06 39 98 00 00 أو اقرؤوا https://exemple.org/fete?a=1
هل يمكنكم الحضور؟""",
    "en": """Thursday 3 December at 2 pm, Salle bleue.
Bring 2 photos and €5.
Call 06 39 98 00 00 or read https://exemple.org/fete?a=1
Can you come?""",
    "es": """Jueves 3 de diciembre a las 14:00, Salle bleue.
Traiga 2 fotos y 5 €.
Llame al 06 39 98 00 00 o lea https://exemple.org/fete?a=1
¿Puede venir?""",
    "prs": """پنجشنبه ۳ دسمبر ساعت ۱۴:۰۰، Salle bleue.
۲ عکس و ۵ € بیاورید.
به 06 39 98 00 00 زنگ بزنید یا https://exemple.org/fete?a=1 را بخوانید
آیا می‌توانید بیایید؟""",
    "ps": """پنجشنبه ۳ دسمبر ۱۴:۰۰ بجې، Salle bleue.
۲ عکسونه او ۵ € راوړئ.
06 39 98 00 00 ته زنګ ووهئ یا https://exemple.org/fete?a=1 ولولئ
ایا راتلای شئ؟""",
    "pt": """Quinta-feira, 3 de dezembro, às 14h, Salle bleue.
Traga 2 fotos e 5 €.
Ligue para +33 6 39 98 00 00 ou leia https://exemple.org/fete?a=1
Pode vir?""",
    "ro": """Joi, 3 decembrie, ora 14:00, Salle bleue.
Aduceți 2 fotografii și 5 €.
Sunați la 06.39.98.00.00 sau citiți https://exemple.org/fete?a=1
Puteți veni?""",
    "ru": """Четверг, 3 декабря, 14:00, Salle bleue.
Принесите 2 фотографии и 5 €.
Позвоните 06 39 98 00 00 или прочтите https://exemple.org/fete?a=1
Вы придёте?""",
    "sq": """E enjte, 3 dhjetor, ora 14:00, Salle bleue.
Sillni 2 fotografi dhe 5 €.
Telefononi 06 39 98 00 00 ose lexoni https://exemple.org/fete?a=1
A mund të vini?""",
    "ta": """வியாழன் டிசம்பர் 3, 14:00 மணி, Salle bleue.
2 படங்களும் 5 € உம் கொண்டு வாருங்கள்.
06 39 98 00 00 அழையுங்கள் அல்லது https://exemple.org/fete?a=1 படியுங்கள்
வர முடியுமா?""",
    "tr": """3 Aralık Perşembe, saat 14.00, Salle bleue.
2 fotoğraf ve 5 € getirin.
06 39 98 00 00 numarasını arayın ya da https://exemple.org/fete?a=1 okuyun
Gelebilir misiniz?""",
    "uk": """Четвер, 3 грудня, 14:00, Salle bleue.
Принесіть 2 фотографії та 5 €.
Зателефонуйте 06 39 98 00 00 або прочитайте https://exemple.org/fete?a=1
Ви прийдете?""",
    "zh": """12月3日星期四下午2点，Salle bleue。
请带2张照片和5 €。
请致电 06 39 98 00 00 或阅读 https://exemple.org/fete?a=1
您能来吗？""",
}
NAMES = ("Salle bleue", "Maison des parents")


def kinds(original: str, translation: str, language: str) -> set[Kind]:
    return {
        one.kind for one in differences(original, translation, language, names=NAMES) if one.grave
    }


def test_there_is_a_good_translation_for_every_language() -> None:
    assert {"fr", *GOOD} == set(LANGUAGES)


@pytest.mark.parametrize("language", GOOD)
def test_a_good_translation_passes(language: str) -> None:
    assert differences(ORIGINAL, GOOD[language], language, names=NAMES) == ()


def swapped(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def swap(text: str) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    return swap


def turned(text: str) -> str:
    lines = text.splitlines()
    return "\n".join([lines[2], lines[1], lines[0], lines[3]])


DAMAGES: dict[str, tuple[Kind, Callable[[str], str]]] = {
    "another hour": (
        Kind.HOUR,
        swapped(
            ("14", "4"), ("۱۴", "۴"), ("下午2", "上午4"), ("2 pm", "4 am"),
        ),
    ),
    "a link is dropped": (Kind.LINK, swapped(("https://exemple.org/fete?a=1", ""))),
    "another link": (Kind.LINK, swapped(("a=1", "a=2"))),
    "a telephone is dropped": (
        Kind.PHONE,
        swapped(("06 39 98 00 00", ""), ("+33 6 39 98 00 00", ""), ("06.39.98.00.00", "")),
    ),
    "a digit of a telephone": (
        Kind.PHONE,
        swapped(("98 00 00", "98 00 01"), ("98.00.00", "98.00.01")),
    ),
    "another price": (Kind.NUMBER, swapped(("5", "15"), ("۵", "۱۵"))),
    "another day of the month": (
        Kind.DATE,
        swapped(("3 D", "4 D"), ("3 d", "4 d"), ("3 د", "4 د"), ("۳ د", "۴ د"), ("3 A", "4 A"),
                ("月3", "月4"), ("3 г", "4 г"), ("3 д", "4 д"), ("டிசம்பர் 3", "டிசம்பர் 4")),
    ),
    "the name on the door": (Kind.NAME, swapped(("Salle bleue", "X"))),
    "lines in another order": (Kind.LINES, turned),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("language", GOOD)
def test_damage_is_found(language: str, damage: str) -> None:
    kind, harm = DAMAGES[damage]
    harmed = harm(GOOD[language])
    assert harmed != GOOD[language]
    assert kind in kinds(ORIGINAL, harmed, language)


@pytest.mark.parametrize("language", GOOD)
def test_a_dropped_placeholder_is_found(language: str) -> None:
    original, good = f"{ORIGINAL}\n{{prénom}}", f"{GOOD[language]}\n{{prénom}}"
    assert kinds(original, good, language) == set()
    assert Kind.PLACEHOLDER in kinds(original, GOOD[language], language)


LATIN = "Ahlan wa sahlan, marhaban bikum"
CYRILLIC = "Добро пожаловать"


@pytest.mark.parametrize("language", GOOD)
def test_another_script_is_found(language: str) -> None:
    other = LATIN if language in ("ar", "prs", "ps", "ru", "ta", "uk", "zh") else CYRILLIC
    assert kinds("Bienvenue", other, language) == {Kind.SCRIPT}


def test_letters_of_a_neighbour_are_a_warning() -> None:
    found = differences("Bienvenue", "Ласкаво просим ы", "uk")
    assert [(one.kind, one.grave, one.shown) for one in found] == [(Kind.SCRIPT, False, "ы")]


SAME: list[tuple[str, str, str]] = [
    ("À 14 h", "الساعة ٢ بعد الظهر", "ar"),
    ("À 14 h", "الساعة ١٤", "ar"),
    ("À 14h30", "At 2:30 p.m.", "en"),
    ("À 14h30", "Saat 14.30'da", "tr"),
    ("À 9 h", "At 9 am", "en"),
    ("À 18 h", "A las 6 de la tarde", "es"),
    ("De 14 h à 16 h", "14:00-16:00", "tr"),
    ("De 14 à 16h", "14:00–16:00", "ru"),
    ("À 17h30", "下午5点半", "zh"),
    ("Le 03/12/2026", "3 December 2026", "en"),
    ("Le 3 décembre", "December 3rd", "en"),
    ("Le 1er mars", "1 Mart", "tr"),
    ("Le 3 décembre", "3 كانون الأول", "ar"),
    ("1 000 familles", "1,000 families", "en"),
    ("2,50 €", "2.50 €", "en"),
    ("2,5 kg", "2.50 kg", "en"),
    ("Durée : 2 heures", "Duration: 2 hours", "en"),
    ("Le 119 répond", "يجيب الرقم ١١٩", "ar"),
    ("Écrivez à a.b@exemple.org", "Write to a.b@exemple.org.", "en"),
    ("Avec les 2 parents", "والدا الطفل 2", "ar"),
]


@pytest.mark.parametrize(("original", "translation", "language"), SAME)
def test_other_ways_to_write_the_same_are_no_difference(
    original: str, translation: str, language: str
) -> None:
    assert agrees(original, translation, language)


OTHER: list[tuple[str, str, str, Kind]] = [
    ("À 14 h", "At 2 am", "en", Kind.HOUR),
    ("À 14 h", "Saat 4", "tr", Kind.HOUR),
    ("À 14h30", "Saat 14:00", "tr", Kind.HOUR),
    ("À 14 h", "الساعة ٢", "ar", Kind.HOUR),
    ("Jeudi", "Friday", "en", Kind.DAY),
    ("Jeudi", "الجمعة", "ar", Kind.DAY),
    ("Jeudi et samedi", "Thursday and Friday", "en", Kind.DAY),
    ("Le 3 décembre", "3 January", "en", Kind.DATE),
    ("Le 3 décembre", "12 Mart", "tr", Kind.DATE),
    ("Le 03/12/2026", "03/12/2027", "en", Kind.NUMBER),
    ("5 places", "50 places", "en", Kind.NUMBER),
    ("1 000 familles", "1.00 families", "en", Kind.NUMBER),
    ("Venez", "Come at 6 pm", "en", Kind.HOUR),
    ("Venez", "", "en", Kind.EMPTY),
]


@pytest.mark.parametrize(("original", "translation", "language", "kind"), OTHER)
def test_another_moment_or_number_is_grave(
    original: str, translation: str, language: str, kind: Kind
) -> None:
    assert kind in kinds(original, translation, language)


@pytest.mark.parametrize(
    ("original", "translation", "language"),
    [
        ("Apportez 2 photos", "Bring two photos", "en"),
        ("Apportez deux photos", "Bring 2 photos", "en"),
        ("Apportez 3 gâteaux", "Üç kek getirin", "tr"),
        ("À midi", "At 12 pm", "en"),
        ("À 14 h. Oui, 14 h.", "At 14:00. Yes.", "en"),
    ],
)
def test_a_number_in_words_is_only_a_warning(
    original: str, translation: str, language: str
) -> None:
    found = differences(original, translation, language)
    assert found
    assert not any(one.grave for one in found)


def test_a_text_that_was_not_translated_is_said() -> None:
    [one] = differences("Bien dormir", "Bien dormir", "tr")
    assert (one.kind, one.grave) == (Kind.SAME, False)


def test_a_long_text_is_told_how_much_too_long_it_is() -> None:
    [one] = differences("Court", "Long " * 30, "en", longest=120)
    assert told(one) == "La traduction est trop longue : 29 signes de trop. Raccourcissez-la."


@pytest.mark.parametrize(
    ("original", "translation", "sentence"),
    [
        ("À 14 h", "At noon", "Il manque l'heure 14 h dans la traduction. Ajoutez-le."),
        ("119", "No", "Il manque le nombre 119 dans la traduction. Ajoutez-le."),
        (
            "Oui",
            "Yes 7",
            "Il y a le nombre 7 en trop : l'original ne le dit pas. Corrigez la traduction.",
        ),
        (
            "2 photos",
            "two photos",
            "À vérifier : le nombre 2 n'est pas écrit ainsi dans la traduction.",
        ),
    ],
)
def test_a_difference_is_said_in_french(original: str, translation: str, sentence: str) -> None:
    assert told(differences(original, translation, "en")[0]) == sentence


def test_spans_are_what_an_engine_must_leave_alone() -> None:
    text = "À 14 h, {name}: https://exemple.org, 06 39 98 00 00."
    assert [text[start:end] for start, end in spans(text)] == [
        "14 h",
        "{name}",
        "https://exemple.org,",
        "06 39 98 00 00",
    ]
