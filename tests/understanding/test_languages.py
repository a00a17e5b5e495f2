"""What parents write in Arabic, Turkish, Portuguese, English and Romanian."""

from __future__ import annotations

import pytest

from bot.messages import Asked

from .meaning import Table, heard, rows

ARABIC: Table = {
    Asked.RSVP: {
        "yes": (
            "نعم", "نَعَمْ", "نعـــم", "نعم إن شاء الله", "ان شاء الله نجي", "سأحضر إن شاء الله",
            "سنحضر شكرا لكم", "أكيد", "موافقة",
            "واخا", "ايه نجي", "راني جاية", "حنا جايين", "لا مشكلة", "ماكاش مشكل", "ما فيش مشكلة",
            "نعم سنكون هناك", "ان شاء الله نعم",
            "السلام عليكم نعم سأحضر", "نعم لكن زوجي لا يستطيع", "تمام", "طيب", "بكل سرور",
            "نعم متى؟", "١", "ونعم سنحضر",
            "na3am", "Na3am nchallah", "n3am ghadi nji", "wah nji", "iyeh", "ayih nji nchallah",
            "wakha", "waaakha", "safi wakha",
            "rani jaya nchallah", "nji inchallah", "oui nji", "ih nchallah", "machi mochkil",
            "makach mochkil nji", "salam oui nji nchallah",
            "rana jayin", "ghadi njiw kamlin", "d'accord nji", "ok nchallah", "akid",
            "inchallah nji", "bien sur nji", "oui je viens",
        ),
        "no": (
            "لا", "لا شكرا", "لا أستطيع", "لن أحضر", "آسفة لا أستطيع الحضور", "ما نقدرش",
            "مانقدرش نجي", "ما نقدرش والله", "مستحيل",
            "عندي خدمة", "راني خدامة", "أنا مريضة", "نعم نعم لا في الحقيقة لا", "ما غاديش نجي",
            "مشغولة", "ماعنديش الوقت", "٢",
            "لا يمكنني ذلك", "للأسف لن نتمكن", "أعمل في ذلك اليوم", "مش هقدر", "مش هاجي",
            "ما بقدر", "لالا", "المرة القادمة إن شاء الله",
            "la", "la la", "lala", "la choukran", "la ma n9drch", "man9derch", "manqderch nji",
            "ma n9derch nji", "mane9darch",
            "manjich", "ma njich", "manich jaya", "khdama", "nkhdem had nhar", "3andi khedma",
            "ana mrida", "rani mrid",
            "ma3andich lwe9t", "sma7li man9derch", "smahli manjich", "oui finalement man9derch",
            "msafra", "mabghitch",
            "la smahli", "desole nkhdem", "non merci",
        ),
        "maybe": (
            "ربما", "لا أعرف", "لا أدري بعد", "إن شاء الله", "ان شاء الله", "انشاء الله", "يمكن",
            "سأحاول", "ما نعرفش", "مش عارفة", "إذا استطعت",
            "على حسب", "ما علاباليش", "نشوف", "إذا قدرت نجي", "٣", "nchallah", "inchallah",
            "ymken", "man3ref", "ma3labalich",
            "nchouf", "n7awel nji", "wa9ila", "ila 9dert nji", "momkin", "oui ila 9dert",
            "insha allah", "balak",
        ),
        "stop": (
            "توقف", "توقفوا", "لا ترسلوا لي رسائل", "أوقفوا الرسائل", "ستوب", "STOP", "حبسو",
            "ما تبعثوليش", "matb3atoulich les messages",
            "matsiftouliyach", "khaliwni trankil", "إلغاء الاشتراك", "لا أريد رسائل",
            "احذفوا رقمي", "ma tb3touliche", "stop merci",
        ),
        "question": (
            "متى؟", "وقتاش", "وين", "أين المكان؟", "هل يمكنني إحضار أطفالي؟", "على شحال", "ch7al",
            "fin kayna", "wach nji m3a wladi",
            "wa9tach", "شحال", "اتصلوا بي", "3aytouli", "كم الساعة", "kifach nji", "عندي سؤال",
        ),
        "other": (
            "شكرا", "السلام عليكم", "salam", "بارك الله فيك", "baraka allahou fik", "saha",
            "صباح الخير", "الحمد لله", "labas",
        ),
        "help": ("٩", "مساعدة", "ما فهمتش", "mafhemtch", "لم أفهم", "3awnouni"),
        "language ar": ("بالعربية", "العربية من فضلك", "b l3arbiya", "arabe"),
        "reschedule": ("يوم آخر", "نهار آخر", "تغيير الموعد"),
        "yes 3": ("نعم ٣", "نعم سنكون ثلاثة", "oui 3", "na3am tlata"),
    },
    Asked.HEADCOUNT: {
        "headcount 3": (
            "٣", "۳", "ثلاثة", "3", "tlata", "تلاتة", "حنا تلاتة", "3 d nas", "ثلاثة أشخاص",
            "3 في الساعة 18",
        ),
        "headcount 2": ("٢", "جوج", "زوج", "zouj", "شخصين", "jouj"),
        "headcount 1": ("واحد", "غير انا", "wa7di", "1"),
        "headcount 3 = 1 + 2": (
            "أنا و طفلين", "1 كبير 2 أطفال",
        ),
    },
}  # fmt: skip

TURKISH: Table = {
    Asked.RSVP: {
        "yes": (
            "Evet", "EVET", "evet teşekkürler", "evet geliyorum", "tamam", "Tamam geliriz",
            "olur", "tabii ki", "gelecegim inşallah",
            "inşallah gelirim", "geliyoruz", "gelicez", "Sorun yok", "problem değil",
            "neden olmasın", "evet ama eşim gelemez",
            "müsaitim", "katılacağız", "1", "evet saat kaçta?", "Merhaba, evet geleceğim",
            "evet allah razı olsun", "hayır hayır yok pardon evet",
            "elbette", "kesinlikle", "oradayım", "GELİYORUM", "evet saat 18'de", "👍", "oui", "ok",
        ),
        "no": (
            "Hayır", "HAYIR", "hayir", "gelemem", "Gelemiyorum maalesef",
            "maalesef gelemeyeceğim", "yo", "yok", "çalışıyorum", "o gün çalışıyorum",
            "işim var", "hastayım", "müsait değilim", "mümkün değil", "olmaz",
            "evet evet yok aslında hayır", "gelmicem", "katılamam",
            "Türkiye'deyim", "vaktim yok", "2", "istemiyorum", "başka zaman", "Evet ama gelemem",
            "hayır teşekkürler", "gelemeyiz", "non",
        ),
        "maybe": (
            "belki", "bilmiyorum", "inşallah", "İnşallah", "henüz bilmiyorum", "duruma göre",
            "bakarız", "emin değilim", "müsait olursam gelirim",
            "gelebilirsem", "3", "kararsızım", "haber veririm", "işim olmazsa gelirim",
            "evet müsait olursam", "izin alabilirsem",
        ),
        "stop": (
            "dur", "STOP", "durdurun", "mesaj atmayın", "bana mesaj göndermeyin",
            "listeden çıkarın", "rahatsız etmeyin", "numaramı silin",
        ),
        "question": (
            "saat kaçta?", "nerede", "ne zaman", "oğlumla gelebilir miyim", "kaç para?",
            "beni arayın", "ücretli mi", "gelebilir miyim?",
        ),
        "other": (
            "teşekkürler", "merhaba", "selam", "sağolun", "iyi günler", "hayırlı cumalar", "as",
        ),
        "help": ("yardım", "anlamadım", "9"),
        "language tr": ("türkçe", "Türkçe lütfen", "türkçe yazın"),
        "language": ("Fransızca bilmiyorum", "fransızca anlamıyorum"),
        "reschedule": ("başka bir gün olur mu", "erteleyebilir miyiz"),
        "yes 3": ("evet 3", "evet 3 kişi", "evet üç kişi geliyoruz", "geliyoruz 3 kişi"),
    },
    Asked.HEADCOUNT: {
        "headcount 3": ("3", "üç", "3 kişi", "uc kisi", "üç kişiyiz", "3 kisi geliyoruz"),
        "headcount 10": ("on", "10", "ON"),
        "headcount 12": ("on iki", "12"),
        "headcount 3 = 1 + 2": ("1 yetişkin 2 çocuk", "3 dahil 2 çocuk", "ben ve 2 çocuk"),
        "headcount 1": ("tek başıma", "bir", "sadece ben"),
    },
}  # fmt: skip

PORTUGUESE: Table = {
    Asked.RSVP: {
        "yes": (
            "Sim", "sim obrigada", "SIM", "siiim", "Sim, vou", "vou sim", "claro que sim",
            "com certeza", "com muito gosto", "conte comigo",
            "sem problema", "não há problema", "não tem problema", "porque não",
            "sim mas o meu marido não", "Sim, mas o meu marido não pode",
            "sim se deus quiser", "Estaremos presentes", "lá estarei", "Bom dia, sim eu vou",
            "tá bom", "ok", "pode ser", "1", "não, afinal sim",
            "sim a que horas?", "de acordo", "vou com certeza", "Sim vamos todos", "posso ir",
            "estou disponível",
        ),
        "no": (
            "Não", "nao", "não posso", "nao posso ir", "Infelizmente não posso", "não obrigada",
            "não vou poder", "trabalho", "nesse dia trabalho",
            "estou a trabalhar", "estou doente", "não tenho tempo", "sim sim não afinal não",
            "impossível", "fica para a próxima", "2",
            "não vai dar", "estou de férias", "não estou disponível", "sim mas não posso",
            "desculpe não consigo", "tenho que trabalhar",
        ),
        "maybe": (
            "talvez", "não sei", "ainda não sei", "depende", "se puder vou", "sim se puder",
            "vou tentar", "se deus quiser", "se calhar", "vou ver",
            "3", "não tenho a certeza", "oxalá", "logo vejo",
        ),
        "stop": (
            "parar", "STOP", "não me mandem mais mensagens", "deixem-me em paz",
            "não quero receber mensagens", "pare", "sair",
        ),
        "question": (
            "a que horas?", "onde é", "posso levar o meu filho?", "quanto custa",
            "liguem-me por favor", "quando é a reunião", "quero saber se é gratuito",
        ),
        "other": ("obrigada", "bom dia", "boa noite", "muito obrigado", "olá", "até amanhã"),
        "help": ("ajuda", "não percebi", "9"),
        "language": ("não falo francês", "mudar de língua"),
        "language pt": ("português", "em português por favor"),
        "reschedule": ("outro dia", "podemos mudar a data?"),
        "yes 3": ("sim 3", "sim somos 3", "sim, três pessoas", "vamos 3"),
    },
    Asked.HEADCOUNT: {
        "headcount 3": ("3", "três", "tres", "somos 3", "3 pessoas"),
        "headcount 3 = 1 + 2": (
            "1 adulto e 2 crianças", "3 incluindo 2 crianças", "eu e 2 filhos",
        ),
        "headcount 1": ("só eu", "uma", "sozinha"),
        "headcount 2 = 2 + 0": ("eu e o meu marido",),
    },
}  # fmt: skip

ENGLISH: Table = {
    Asked.RSVP: {
        "yes": (
            "Yes", "yes please", "YESSS", "yeah", "Yep we'll be there", "sure", "no problem",
            "no worries, I'll be there", "why not", "count me in",
            "yes but not my husband", "Yes but my husband can't come", "Yes, what time?",
            "yes god willing", "I will come inshallah", "see you there",
            "I'll be late but I'm coming", "no sorry, I meant yes", "we are coming", "ok",
            "Ok thanks", "of course", "I can come", "1", "with pleasure",
            "I'm available", "👍 thanks", "sounds good", "yes I don't work that day", "im in",
            "definitely",
        ),
        "no": (
            "No", "no thanks", "NO", "nope", "I can't", "sorry can't make it", "i cant come",
            "I work that day", "I'm working", "unfortunately not",
            "yes yes no actually no", "not available", "I'm sick", "we are away", "no time",
            "I won't be able to come", "maybe next time", "not this time",
            "i'm busy", "We will not be able to attend", "2", "yes but I can't come",
            "I would have loved to but I work", "impossible",
        ),
        "maybe": (
            "maybe", "Not sure", "I don't know yet", "if I can", "yes if I can", "it depends",
            "I'll try", "inshallah", "God willing", "i'll let you know",
            "3", "perhaps", "I'll come if I don't work", "dunno", "we'll see",
        ),
        "stop": (
            "stop", "STOP", "Stop please", "unsubscribe", "please stop texting me",
            "don't text me", "remove my number", "leave me alone", "STOPALL",
            "cancel", "END", "quit", "opt out", "take me off your list",
            "no more messages please",
        ),
        "question": (
            "what time", "where is it?", "Can I bring my son?", "how much is it",
            "call me please", "is it free", "can I talk to someone", "when?",
        ),
        "other": (
            "thanks", "hello", "good morning", "thank you so much", "I'll stop by the shop",
            "the bus stop is closed", "happy new year",
        ),
        "help": ("help", "I don't understand", "9"),
        "language en": ("english please", "English", "speak english"),
        "language": ("I don't speak french", "no french"),
        "reschedule": ("can we do another day", "please reschedule"),
        "yes 3": ("yes 3", "yes, three people", "we'll be 3", "yes 3 of us at 6pm"),
    },
    Asked.HEADCOUNT: {
        "headcount 3": ("3", "three", "3 people", "we are 3", "there will be 3 of us"),
        "headcount 3 = 1 + 2": ("1 adult 2 kids", "3 including 2 children", "me and 2 kids"),
        "headcount 1": ("just me", "one", "1"),
    },
}  # fmt: skip

ROMANIAN: Table = {
    Asked.RSVP: {
        "yes": (
            "Da", "da mulțumesc", "DA", "daaa", "Da, venim", "vin", "sigur că da", "bineînțeles",
            "cu plăcere vin", "nicio problemă", "nu e problemă",
            "de ce nu", "da dar soțul meu nu poate", "da dar fără soțul meu", "o să vin",
            "vom fi acolo", "suntem disponibili", "ok", "1", "nu, de fapt da",
            "da la ce oră?", "Bună ziua, da vin", "de acord", "pot veni", "da dacă vrea dumnezeu",
            "mă duc",
        ),
        "no": (
            "Nu", "nu pot", "nu mulțumesc", "Din păcate nu pot", "nu vin", "nu putem veni",
            "lucrez", "lucrez în ziua aceea", "sunt bolnavă", "nu am timp",
            "n-am timp", "imposibil", "da da nu de fapt nu", "altă dată", "2", "da dar nu pot",
            "îmi pare rău nu pot", "sunt la serviciu", "nu o să pot veni",
        ),
        "maybe": (
            "poate", "nu știu", "nu stiu inca", "depinde", "dacă pot", "da dacă pot",
            "vin dacă pot", "o să încerc", "vedem", "nu sunt sigură", "3", "probabil",
        ),
        "stop": (
            "stop", "STOP", "nu-mi mai trimiteți mesaje", "nu mai vreau mesaje", "dezabonare",
            "lăsați-mă în pace", "ștergeți numărul meu",
        ),
        "question": (
            "la ce oră?", "unde", "când este", "pot să aduc copilul?", "cât costă",
            "sunați-mă vă rog", "pot veni cu soțul?",
        ),
        "other": ("mulțumesc", "bună ziua", "salut", "o zi bună", "la revedere", "mersi mult"),
        "help": ("ajutor", "nu înțeleg", "9"),
        "language": ("nu vorbesc franceză", "schimbă limba"),
        "language ro": ("română", "în română vă rog"),
        "reschedule": ("altă zi", "putem amâna?"),
        "yes 3": ("da 3", "da, trei persoane", "venim 3", "da vom fi 3"),
    },
    Asked.HEADCOUNT: {
        "headcount 3": ("3", "trei", "3 persoane", "suntem 3"),
        "headcount 3 = 1 + 2": ("1 adult și 2 copii", "3 dintre care 2 copii", "eu și 2 copii"),
        "headcount 1": ("doar eu", "una", "singură"),
    },
}  # fmt: skip


@pytest.mark.parametrize(("asked", "text", "expected"), list(rows(ARABIC)))
def test_arabic(asked: Asked, text: str, expected: str) -> None:
    assert heard(text, "ar", asked) == expected


@pytest.mark.parametrize(("asked", "text", "expected"), list(rows(TURKISH)))
def test_turkish(asked: Asked, text: str, expected: str) -> None:
    assert heard(text, "tr", asked) == expected


@pytest.mark.parametrize(("asked", "text", "expected"), list(rows(PORTUGUESE)))
def test_portuguese(asked: Asked, text: str, expected: str) -> None:
    assert heard(text, "pt", asked) == expected


@pytest.mark.parametrize(("asked", "text", "expected"), list(rows(ENGLISH)))
def test_english(asked: Asked, text: str, expected: str) -> None:
    assert heard(text, "en", asked) == expected


@pytest.mark.parametrize(("asked", "text", "expected"), list(rows(ROMANIAN)))
def test_romanian(asked: Asked, text: str, expected: str) -> None:
    assert heard(text, "ro", asked) == expected
