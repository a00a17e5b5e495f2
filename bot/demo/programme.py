"""What the invented centre offers: half a year of gatherings, in the languages of the families."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time

from bot.events import Wording

SOON = -2  # the next gathering: the day after tomorrow, or thereabouts
SCHOOL = "École des Alouettes, salle 3"
CENTRE_HALL = "Les Tilleuls, grande salle"

YOUNGER, MIDDLE, OLDER = (  # three groups of the centre
    tuple(f"TIL-{n:03d}" for n in range(1, 41) if n % 3 == group) for group in (1, 0, 2)
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One gathering. `before`: how many days before today it was; negative: it is to come."""

    before: int
    kind: str
    at: time
    place: str
    wordings: dict[str, Wording]
    seats: int | None = None
    families: tuple[str, ...] | None = None  # references; None: every family
    cancelled: bool = False
    ticked_late: bool = False


@dataclass(frozen=True, slots=True)
class Announced:
    """Words about no event, or a survey wave: how many days before today its first message left."""

    before: int
    wordings: Mapping[str, Wording] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Meetings:
    """A round of meetings, opened so many days before today, with moments on so many `days`."""

    before: int
    host: str
    place: str
    first: time
    until: time
    minutes: int
    days: int
    wordings: Mapping[str, Wording]
    families: tuple[str, ...]


def _told(fr: str, notes: str = "", **others: str) -> dict[str, Wording]:
    """A title in several languages; notes are in French, as their author wrote them."""
    return {"fr": Wording(fr, notes)} | {code: Wording(title) for code, title in others.items()}


_MEETING = _told(
    "Le point sur votre enfant",
    ar="لقاء حول طفلكم",
    tr="Çocuğunuz hakkında görüşme",
    pt="Conversa sobre o seu filho",
    en="A talk about your child",
    ro="Discuție despre copilul dumneavoastră",
)


def _meeting(before: int, reference: str, at: time = time(17)) -> Planned:
    return Planned(before, "meeting", at, SCHOOL, _MEETING, families=(reference,))


NEWS = Announced(
    before=9,
    wordings=_told(
        "Le centre sera fermé vendredi après-midi",
        "Revenez nous voir dès lundi.",
        ar="المركز مغلق يوم الجمعة بعد الظهر",
        tr="Merkez cuma öğleden sonra kapalı",
        pt="O centro fecha na sexta-feira à tarde",
        en="The centre is closed on Friday afternoon",
        ro="Centrul este închis vineri după-amiază",
    ),
)
WAVE = Announced(before=20)
ROUND = Meetings(
    before=6,
    host="Mme Roy",
    place="Bureau du premier étage",
    first=time(16, 30),
    until=time(18, 30),
    minutes=30,
    days=3,
    wordings=_MEETING,
    families=tuple(f"TIL-{n:03d}" for n in (4, 8, 10, 14, 16, 20, 22, 26)),
)

PROGRAMME = (
    Planned(
        162,
        "workshop",
        time(18),
        SCHOOL,
        _told(
            "Comment marche l'école ?",
            ar="كيف تعمل المدرسة؟",
            tr="Okul nasıl işliyor?",
            pt="Como funciona a escola?",
            en="How does school work?",
            ro="Cum funcționează școala?",
        ),
    ),
    Planned(
        144,
        "outing",
        time(14),
        "Parc de la Rive, grande entrée",
        _told(
            "Pique-nique au parc",
            "Apportez de l'eau et une casquette.",
            ar="نزهة في الحديقة",
            tr="Parkta piknik",
            pt="Piquenique no parque",
            en="Picnic in the park",
            ro="Picnic în parc",
        ),
        families=YOUNGER,
    ),
    Planned(
        125,
        "workshop",
        time(18),
        CENTRE_HALL,
        _told(
            "Les écrans à la maison",
            ar="الشاشات في البيت",
            tr="Evde ekranlar",
            pt="Os ecrãs em casa",
            en="Screens at home",
            ro="Ecranele acasă",
        ),
        ticked_late=True,
        families=OLDER,
    ),
    _meeting(117, "TIL-006"),
    Planned(
        107,
        "outing",
        time(13, 30),
        "Ferme des Trois Chênes",
        _told(
            "Visite de la ferme",
            "Le car part du centre à 13h.",
            ar="زيارة المزرعة",
            tr="Çiftlik gezisi",
            pt="Visita à quinta",
            en="A visit to the farm",
            ro="Vizită la fermă",
        ),
        seats=16,
        families=MIDDLE,
    ),
    _meeting(88, "TIL-001", time(16, 30)),
    Planned(
        70,
        "outing",
        time(14),
        "Lac de Valbrune, ponton nord",
        _told(
            "Jeux au bord du lac",
            ar="ألعاب على ضفاف البحيرة",
            tr="Göl kenarında oyunlar",
            pt="Jogos à beira do lago",
            en="Games by the lake",
            ro="Jocuri pe malul lacului",
        ),
        cancelled=True,
        families=OLDER,
    ),
    _meeting(61, "TIL-021"),
    Planned(
        52,
        "workshop",
        time(17, 30),
        CENTRE_HALL,
        _told(
            "Cuisiner ensemble",
            "Prenez un tablier si vous en avez un.",
            ar="نطبخ معا",
            tr="Birlikte yemek yapalım",
            pt="Cozinhar juntos",
            en="Cooking together",
            ro="Gătim împreună",
        ),
        seats=20,
        families=MIDDLE,
    ),
    _meeting(43, "TIL-025"),
    Planned(
        34,
        "outing",
        time(14),
        "Médiathèque de Valbrune",
        _told(
            "Heure du conte en famille",
            ar="ساعة الحكاية مع العائلة",
            tr="Aile masal saati",
            pt="Hora do conto em família",
            en="Family story time",
            ro="Ora poveștilor în familie",
        ),
        seats=30,
    ),
    _meeting(25, "TIL-003", time(16, 30)),
    Planned(
        15,
        "workshop",
        time(18),
        SCHOOL,
        _told(
            "Aider aux devoirs sans se fâcher",
            ar="المساعدة في الواجبات بهدوء",
            tr="Kızmadan ödeve yardım",
            pt="Ajudar nos deveres com calma",
            en="Homework without shouting",
            ro="Teme fără supărare",
        ),
        families=OLDER,
    ),
    Planned(
        SOON,
        "workshop",
        time(18),
        CENTRE_HALL,
        _told(
            "Le bon usage des écrans",
            "Les enfants sont gardés sur place.",
            ar="الاستعمال الجيد للشاشات",
            tr="Ekranları doğru kullanmak",
            pt="Usar bem os ecrãs",
            en="Using screens well",
            ro="Cum folosim bine ecranele",
        ),
        seats=40,
    ),
    _meeting(-5, "TIL-009"),
    Planned(
        -8,
        "workshop",
        time(17, 30),
        CENTRE_HALL,
        _told(
            "Atelier bricolage en famille",
            ar="ورشة أشغال يدوية مع العائلة",
            tr="Aile el işi atölyesi",
            pt="Ateliê de trabalhos manuais em família",
            en="Family craft workshop",
            ro="Atelier de lucru manual în familie",
        ),
    ),
)
