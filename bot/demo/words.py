"""What the invented parents type, by language and by the answer that they mean."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "fr": {
        "yes": ("oui", "Oui avec plaisir !", "oui on vient", "ok", "wi", "Oui merci"),
        "no": ("non", "Non désolée je travaille", "pas possible ce jour-là"),
        "maybe": ("peut-être", "je sais pas encore", "ça dépend de mon travail"),
        "together": ("oui on sera {n}", "oui {n} personnes"),
    },
    "ar": {
        "yes": ("نعم", "نعم إن شاء الله"),
        "no": ("لا", "لا أستطيع، أعمل"),
        "maybe": ("ربما", "لا أعرف بعد"),
        "together": ("نعم {n} أشخاص",),
    },
    "tr": {
        "yes": ("evet", "Evet geliyoruz", "tamam"),
        "no": ("hayır", "Maalesef gelemeyiz"),
        "maybe": ("belki", "henüz bilmiyorum"),
        "together": ("evet {n} kişi",),
    },
    "pt": {
        "yes": ("sim", "Sim, vamos"),
        "no": ("não", "não posso, trabalho"),
        "maybe": ("talvez", "ainda não sei"),
        "together": ("sim somos {n}",),
    },
    "en": {
        "yes": ("yes", "Yes we will come"),
        "no": ("no", "Sorry can't make it"),
        "maybe": ("maybe", "not sure yet"),
        "together": ("yes {n} of us",),
    },
    "ro": {
        "yes": ("da", "Da, venim"),
        "no": ("nu", "nu putem, lucrez"),
        "maybe": ("poate", "nu știu încă"),
        "together": ("da, suntem {n}",),
    },
}

UNCLEAR: Mapping[str, tuple[str, ...]] = {
    "fr": ("hein", "bjr c pour samedi", "la dame de l'autre fois"),
    "ar": ("السلام عليكم",),
    "tr": ("merhaba hocam",),
    "pt": ("boa tarde professora",),
    "en": ("good morning teacher",),
    "ro": ("bună dimineața doamnă",),
}

QUESTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {  # and what the coordinator answers
    "fr": (
        ("Est-ce qu'il y a un parking ?", "Oui, devant l'école, c'est gratuit. À bientôt !"),
        ("A quelle heure ça finit ?", "Vers 19h30. Vous pouvez partir avant si besoin."),
    ),
    "ar": (("هل يمكنني أن أحضر مع الرضيع؟", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "tr": (("Bebekle gelebilir miyim?", "Oui, bien sûr, venez avec le bébé !"),),
    "pt": (("Posso levar a avó?", "Oui, la grand-mère est la bienvenue."),),
    "en": (("Can my sister come too?", "Oui, votre sœur est la bienvenue. À bientôt !"),),
    "ro": (("Pot veni și cu bunica?", "Oui, avec plaisir. À bientôt !"),),
}

STAFF_ANSWER = "Merci pour votre message. Je vous appelle cet après-midi."  # to anything else

EASTERN_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
