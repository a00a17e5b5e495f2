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
    "es": {
        "yes": ("sí", "Sí, vamos"),
        "no": ("no", "no puedo, trabajo"),
        "maybe": ("quizás", "todavía no sé"),
        "together": ("sí somos {n}",),
    },
    "uk": {
        "yes": ("так", "Так, прийдемо"),
        "no": ("ні", "Ні, працюю", "не можемо"),
        "maybe": ("можливо", "ще не знаю"),
        "together": ("так, {n} осіб", "так, нас {n}"),
    },
    "ru": {
        "yes": ("да", "Да, придём"),
        "no": ("нет", "Нет, работаю", "не можем"),
        "maybe": ("может быть", "пока не знаю"),
        "together": ("да, {n} человек", "да, нас {n}"),
    },
    "sq": {
        "yes": ("po", "Po, vijmë"),
        "no": ("jo", "Jo, punoj", "nuk mundem"),
        "maybe": ("ndoshta", "nuk e di ende"),
        "together": ("po, {n} persona", "po, jemi {n}"),
    },
    "zh": {
        "yes": ("来", "好的", "是"),
        "no": ("不来", "不能来"),
        "maybe": ("不一定", "可能", "也许"),
        "together": ("是，{n}个人", "来{n}个人", "好，{n}人"),
    },
    "ta": {
        "yes": ("ஆம்", "ஆம் வருகிறோம்"),
        "no": ("இல்லை", "வர முடியாது", "முடியாது"),
        "maybe": ("ஒருவேளை", "தெரியாது"),
        "together": ("ஆம் {n} பேர்", "ஆம் {n}"),
    },
    "prs": {
        "yes": ("بلی", "بلی می‌آییم"),
        "no": ("نه", "نه، کار دارم", "نمی‌توانم"),
        "maybe": ("شاید", "نمی‌دانم"),
        "together": ("بلی {n} نفر",),
    },
    "ps": {
        "yes": ("هو", "هو راځو"),
        "no": ("نه", "نه، کار لرم", "نشم راتلای"),
        "maybe": ("ښایي", "نه پوهېږم", "کېدای شي"),
        "together": ("هو {n} کسان", "هو {n} نفر"),
    },
}

UNCLEAR: Mapping[str, tuple[str, ...]] = {
    "fr": ("hein", "bjr c pour samedi", "la dame de l'autre fois"),
    "ar": ("السلام عليكم",),
    "tr": ("merhaba hocam",),
    "pt": ("boa tarde professora",),
    "en": ("good morning teacher",),
    "ro": ("bună dimineața doamnă",),
    "es": ("buenos días maestra",),
    "uk": ("добрий день, вчителько",),
    "ru": ("добрый день, учительница",),
    "sq": ("mirëdita mësuese",),
    "zh": ("老师您好",),
    "ta": ("வணக்கம் ஆசிரியரே",),
    "prs": ("سلام معلم صاحب",),
    "ps": ("سلام استاده",),
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
    "es": (("¿Puedo ir con el bebé?", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "uk": (("Можна прийти з малюком?", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "ru": (("Можно прийти с малышом?", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "sq": (("A mund të vij me foshnjën?", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "zh": (("可以带宝宝去吗？", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "ta": (("குழந்தையுடன் வரலாமா?", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "prs": (("می‌توانم با نوزاد بیایم؟", "Oui, le bébé est le bienvenu. À bientôt !"),),
    "ps": (("کولای شم له ماشوم سره راشم؟", "Oui, le bébé est le bienvenu. À bientôt !"),),
}

STAFF_ANSWER = "Merci pour votre message. Je vous appelle cet après-midi."  # to anything else

EASTERN_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
