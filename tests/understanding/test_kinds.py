"""Kinds of replies that are easily taken for another one, each in several languages."""

from __future__ import annotations

import pytest

from bot.messages import Asked
from bot.understanding.intent import Intent, understand

from .meaning import heard

_ABSTAINS = frozenset({Intent.QUESTION, Intent.OTHER})
Said = dict[str, tuple[str, ...]]

REPORTED: Said = {
    "fr": ("Ma voisine elle a dit oui elle vient", "ma soeur elle dit que oui"),
    "en": (
        "my neighbour says yes she come",
        "my sister told me yes",
        "I would love to say yes but my mum's in hospital",
    ),
    "es": ("mi vecina dice que sí",),
    "pt": ("a minha vizinha disse que sim", "Afinal consigo ir, esqueça o não de ontem"),
    "tr": ("komşum evet dedi", "evet demek isterdim ama çalışıyorum"),
    "ro": ("vecina mea a zis că da",),
    "ru": ("соседка сказала что да",),
    "ar": ("جارتي قالت نعم",),
}
OFFERED: Said = {
    "fr": ("Tu viens me chercher a la gare ? oui ou non", "il faut payer oui ou non"),
    "en": ("is it free yes or no",),
    "es": ("hay que pagar, sí o no",),
    "pt": ("é preciso pagar sim ou não",),
}
ACKNOWLEDGED: Said = {
    "fr": ("bien reçu merci", "merci pour l'info"),
    "en": ("thanks for the information", "received with thanks"),
    "es": ("gracias por la información", "recibido gracias"),
    "pt": ("obrigada pela informação",),
    "ru": ("спасибо за информацию",),
    "tr": ("bilgi için teşekkürler",),
}
STRANGERS: Said = {
    "fr": ("ok mais c'est qui svp",),
    "en": ("ok but who is this",),
    "es": ("Sí pero quién es usted?? de dónde sacó mi número",),
    "ro": ("da dar cine sunteți",),
    "uk": ("так але хто це",),
}
ABOUT_SOMETHING_ELSE: Said = {
    "fr": ("Oui la rentrée s'est bien passée merci",),
    "en": ("yes the party was lovely",),
    "tr": ("evet çok güzeldi",),
    "ro": ("da a fost frumos",),
}
OWN_HOUR: Said = {
    "fr": ("moi je peux que après 18h", "je peux seulement le matin"),
    "en": ("I can only after 5pm", "we are only free in the morning"),
    "es": ("solo puedo por la tarde",),
    "pt": ("só posso de tarde",),
    "ru": ("могу только вечером",),
}
TWO_GATHERINGS: Said = {
    "fr": ("ok pour l'atelier du 14 mais la sortie du 21 non", "samedi non dimanche oui"),
    "en": ("Saturday no, Sunday is ok",),
    "es": ("sábado no, domingo sí",),
    "pt": ("sábado não, domingo sim",),
    "ar": ("السبت لا، الأحد نعم",),
}
WANTS_A_CALL: Said = {
    "fr": ("Vous pouvez m'appeler svp je sais pas bien écrire",),
    "en": ("call me please, not sure I understand",),
    "es": ("no sé, llámeme por favor",),
    "ru": ("не знаю, позвоните мне",),
}
TAKEN_BACK: Said = {
    "fr": ("oui merci mais on reste à la maison avec le bébé qui vient de naître",),
    "en": ("yes thank you but kwasi broke adenko",),
    "es": ("sí gracias pero abuelita xumi tenek",),
    "ro": ("da mulțumesc dar bunicuta merkel tavok",),
}


def each(said: Said) -> list[tuple[str, str]]:
    return [(language, text) for language, texts in said.items() for text in texts]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        row
        for said in (
            REPORTED, OFFERED, ACKNOWLEDGED, STRANGERS, ABOUT_SOMETHING_ELSE, OWN_HOUR,
            TWO_GATHERINGS, WANTS_A_CALL, TAKEN_BACK,
        )
        for row in each(said)
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_sender_is_not_taken_for_one(language: str, text: str) -> None:
    for asked in (Asked.RSVP, Asked.ANY):
        assert understand(text, language, asked).intent in _ABSTAINS


EXCUSED_AFTER_YES: Said = {
    "fr": ("oui mais je travaille ce jour là",),
    "en": ("yes but I work that day",),
    "es": ("sí pero trabajo ese día",),
    "pt": ("sim mas trabalho nesse dia",),
    "tr": ("evet ama çalışıyorum",),
    "ro": ("da dar lucrez",),
}
TWO_CHILDREN: Said = {
    "fr": ("oui pour la petite, non pour le grand il a match",),
    "en": ("yes for my daughter, no for my son",),
    "es": ("sí para la niña, no para el niño",),
    "pt": ("sim para a menina, não para o rapaz",),
    "tr": ("kızım için evet, oğlum için hayır",),
}
SOMEBODY_IS_BUSY: Said = {
    "ar": ("جوزي مش فاضي بس انا جاية",),
    "en": ("my husband is busy I am coming",),
    "fr": ("mon mari travaille moi je viens",),
}
GOES_ON: Said = {
    "fr": ("Retirez moi de la liste de samedi mais continuez à m'écrire",),
    "en": ("remove me from the list for Saturday but keep sending messages",),
    "es": ("quítenme de la lista del sábado pero sigan enviando mensajes",),
}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        row
        for said in (EXCUSED_AFTER_YES, TWO_CHILDREN, SOMEBODY_IS_BUSY, GOES_ON)
        for row in each(said)
    ],
)
def test_what_takes_only_a_part_back_is_for_a_person(language: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.QUESTION


LATE: Said = {
    "fr": ("Oui mais je serai un peu en retard, je finis à 17h30",
           "oui mais on arrivera en retard, je travaille"),
    "en": ("yes but I will be late, I work until 5",),
    "es": ("sí pero llegaré tarde, trabajo",),
    "pt": ("sim mas vou chegar atrasada, trabalho até às 17h",),
    "tr": ("evet ama geç kalacağım, çalışıyorum",),
    "ro": ("da dar întârzii, lucrez",),
}  # fmt: skip


REASSURED: Said = {
    "fr": ("Non non ne vous inquiétez pas on sera bien là",),
    "en": ("no don't worry we will be there",),
    "es": ("no no se preocupe, vamos a ir",),
    "pt": ("não não se preocupe, vamos",),
    "tr": ("yok merak etmeyin geleceğiz",),
}


@pytest.mark.parametrize(("language", "text"), each(REASSURED))
def test_a_no_that_reassures_is_no_refusal(language: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.YES


@pytest.mark.parametrize(("language", "text"), each(LATE))
def test_who_says_why_they_come_late_comes(language: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.YES


DENIED_NUMBERS: Said = {
    "fr": ("non pas 3, on est 4 avec mamie",),
    "en": ("no not 3, we are 4 with grandma",),
    "es": ("no 3 no, somos 4 con la abuela",),
    "pt": ("não 3 não, somos 4 com a avó",),
    "tr": ("5 değil 3 kişi geleceğiz",),
}
NAMED_BESIDE_COUNTED: Said = {
    "fr": ("Papa maman et les trois petits",),
    "en": ("mum and dad and the three little ones",),
    "es": ("papá, mamá y los 3 niños",),
}


@pytest.mark.parametrize(("language", "text"), each(DENIED_NUMBERS))
def test_a_number_denied_in_a_sentence_is_for_a_person(language: str, text: str) -> None:
    assert understand(text, language, Asked.HEADCOUNT).intent is Intent.QUESTION


@pytest.mark.parametrize(("language", "text"), each(NAMED_BESIDE_COUNTED))
def test_who_is_named_beside_those_counted_is_not_lost(language: str, text: str) -> None:
    assert understand(text, language, Asked.HEADCOUNT).value is None


EXCUSES: Said = {
    "fr": ("j'ai cours ce jour là", "je suis de garde", "rdv à la préfecture",
           "samedi ça va pas être possible parce que je commence à 6h"),
    "en": ("I am having class at that time", "I have duty on that day madam, kindly excuse me",
           "I'm out of the country till the 20th", "we will stay home with the new baby"),
    "es": ("tengo turno ese día", "estoy de viaje", "me surgió algo"),
    "pt": ("estou de serviço", "tenho consulta no hospital"),
    "tr": ("vardiyam var", "işim çıktı"),
    "ro": ("sunt de gardă", "am programare la medic"),
    "ru": ("у меня смена", "у меня экзамен"),
    "uk": ("у мене зміна", "я на чергуванні"),
    "ar": ("عندي موعد في المستشفى", "عندي امتحان"),
}  # fmt: skip
JOINS: Said = {
    "fr": ("je raterai ça pour rien au monde", "on vous rejoint la bas", "jve bi1 venir",
           "J'avais répondu non mais j'ai pu m'arranger donc je serai là"),
    "en": ("nothing will stop us from coming", "we will join you"),
    "es": ("no me lo pierdo por nada", "cuenten con nosotros"),
    "pt": ("não perco por nada", "contem connosco"),
    "tr": ("hiç kaçırır mıyım",),
    "ro": ("nu ratez pentru nimic în lume",),
    "ru": ("ни за что не пропустим",),
    "uk": ("ніщо нас не зупинить",),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), each(EXCUSES))
def test_an_excuse_is_a_no(language: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.NO


@pytest.mark.parametrize(("language", "text"), each(JOINS))
def test_who_joins_us_says_yes(language: str, text: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.YES


ENOUGH: Said = {
    "fr": ("j'ai dit STOP", "j'en ai marre de recevoir vos sms tous les jours arrêtez",
           "J'ai plus d'enfant chez vous donc arrêtez svp", "ça suffit les sms"),
    "en": ("my children finished with your school long time please stop the sms",
           "I said stop", "stop disturbing me with this text"),
    "es": ("dejen de mandar mensajes mis hijos ya no van a esa escuela", "ya dije stop"),
    "pt": ("parem de mandar mensagens por favor", "farta das mensagens"),
    "tr": ("lütfen artık mesaj göndermeyin çocuğum okuldan ayrıldı", "stop dedim"),
    "ro": ("vă rog nu mai trimiteți mesaje, copilul meu nu mai e la școala voastră",),
    "ru": ("пожалуйста больше не присылайте смс", "надоели ваши сообщения"),
    "uk": ("будь ласка припиніть надсилати повідомлення",),
    "ar": ("من فضلكم توقفوا عن إرسال الرسائل", "لا تبعتولي رسائل بعد هلق"),
}  # fmt: skip
NOT_ENOUGH: Said = {
    "fr": ("les enfants n'arrêtent pas de parler de la sortie", "je suis à l'arrêt de tram",
           "je ne reçois plus vos messages", "je n'ai plus de messages depuis lundi",
           "pourquoi vous avez arrêté les messages", "plus de messages en arabe svp"),
    "en": ("the kids can't stop talking about it", "I get off at the bus stop",
           "please don't stop the messages", "why did you stop the messages"),
    "es": ("no paro en casa últimamente", "no dejen de mandar mensajes", "no me llegan los sms"),
    "pt": ("estou na paragem do autocarro", "não parem de mandar mensagens"),
    "ro": ("nu opriți mesajele",),
    "ru": ("дождь не перестаёт", "не прекращайте писать", "не получаю сообщений"),
    "uk": ("не припиняйте писати",),
    "tr": ("mesajları durdurmayın",),
    "ar": ("لا توقفوا الرسائل",),
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), each(ENOUGH))
@pytest.mark.parametrize("asked", [Asked.RSVP, Asked.ANY])
def test_who_has_enough_of_our_messages_gets_no_more(
    language: str, text: str, asked: Asked
) -> None:
    assert understand(text, language, asked).intent is Intent.STOP


@pytest.mark.parametrize(("language", "text"), each(NOT_ENOUGH))
def test_what_ceases_may_be_something_else(language: str, text: str) -> None:
    assert understand(text, language, Asked.ANY).intent is not Intent.STOP


@pytest.mark.parametrize(
    ("language", "asked", "text", "meant"),
    [
        ("fr", Asked.HEADCOUNT, "4 pardon 3", "headcount 3"),
        ("fr", Asked.HEADCOUNT, "6 non 5 la grande elle travaille finalement", "headcount 5"),
        ("en", Asked.HEADCOUNT, "3 sorry 4", "headcount 4"),
        ("es", Asked.HEADCOUNT, "3 perdón 4", "headcount 4"),
        ("tr", Asked.HEADCOUNT, "4 pardon 3", "headcount 3"),
        ("fr", Asked.RATING, "5 non allez 4", "rating 4"),
        ("en", Asked.RATING, "5 no make it 3 because the food was cold", "rating 3"),
        ("en", Asked.RSVP, "Sorry I press 2 by mistake, it is 1", "yes"),
        ("fr", Asked.RSVP, "Ah non pardon je me suis trompé c'est 1 pas 2", "yes"),
        ("pt", Asked.RSVP, "1, enganei-me, 2", "no"),
    ],
)
def test_a_number_taken_back_gives_way_to_the_other(
    language: str, asked: Asked, text: str, meant: str
) -> None:
    assert heard(text, language, asked) == meant


@pytest.mark.parametrize(
    ("language", "text", "people"),
    [
        ("fr", "mes 3 enfants et moi même", 4),
        ("fr", "2 enfants plus moi", 3),
        ("fr", "moi et les jumeaux", 3),
        ("fr", "moi et le petit", 2),
        ("fr", "rajoutez une personne ça fait 6 au total", 6),
        ("fr", "2 enfants plus moi à l'arrêt de bus on vous attend", None),
        ("en", "please put six", 6),
        ("en", "me and the twins", 3),
        ("en", "add one, that makes 5 in total", 5),
        ("es", "somos 5 en total", 5),
        ("pt", "somos 4 ao todo", 4),
        ("ar", "أنا والتوأم", 3),
    ],
)
def test_people_are_added_up_as_said(language: str, text: str, people: int | None) -> None:
    assert understand(text, language, Asked.HEADCOUNT).value == people


@pytest.mark.parametrize(
    ("language", "text", "meant"),
    [
        ("fr", "c'était une belle journée le repas aussi donc je mets quatre", "rating 4"),
        ("fr", "entre les deux, 3", "rating 3"),
        ("en", "everything was perfect the games the staff so five from me", "rating 5"),
        ("pt", "foi tudo muito bom, dou 5", "rating 5"),
        ("ro", "a fost frumos, dau 4", "rating 4"),
        ("fr", "5 sur 5 et quand est la prochaine sortie svp ?", "rating 5"),
        ("fr", "c'est sur combien ?", "question"),
        ("en", "is 1 good or bad?", "question"),
        ("fr", "les 2 ateliers étaient bien", "other"),
    ],
)
def test_a_note_may_end_a_sentence(language: str, text: str, meant: str) -> None:
    assert heard(text, language, Asked.RATING) == meant


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("ro", "in romana va rog nu stiu franceza", "ro"),
        ("pt", "pode escrever em francês, não há problema", "fr"),
        ("en", "I want Tamil messages", "ta"),
        ("fr", "tamoul s'il vous plaît pour ma femme", "ta"),
    ],
)
def test_the_language_that_is_wanted_is_not_the_one_refused(
    language: str, text: str, wanted: str
) -> None:
    assert heard(text, language, Asked.ANY) == f"language {wanted}"
