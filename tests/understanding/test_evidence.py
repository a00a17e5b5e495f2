"""An answer is worth as much as we understand around it; refusals are made of several words."""

from __future__ import annotations

import pytest

from bot.messages import Asked
from bot.understanding.intent import Intent, Scope, understand

DECIDED = (Intent.YES, Intent.NO, Intent.MAYBE, Intent.STOP)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("we zorgle come", "en"), ("zorgle je viens", "fr"), ("je viens zorgle", "fr"),
        ("je ne zorgle viens", "fr"), ("müsait zorgle", "tr"), ("zorgle imprévu", "fr"),
        ("oui zorgle imprévu", "fr"), ("não há zorgle", "pt"), ("no zorgle", "en"),
        ("ja maar zorgle niet", "nl"), ("samedi non mais zorgle ok", "fr"),
        ("yes zorgle I can't zorgle", "en"), ("oui c'est bien la maman de Moussa", "fr"),
        ("mon fils a répondu oui", "fr"), ("oui bonjour j'ai un problème de cantine", "fr"),
        ("Reply 1 for yes, 2 for no, 3 maybe", "en"), ("my sister will come instead of me", "en"),
    ],
)  # fmt: skip
def test_what_we_do_not_understand_around_an_answer_leaves_it_to_a_person(
    text: str, language: str
) -> None:
    assert understand(text, language, Asked.RSVP).intent not in DECIDED


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("oui Zorgle", "fr"), ("Zorgle oui", "fr"), ("je viens avec Zorgle", "fr"),
        ("oui je viens zorgle", "fr"), ("no wahala", "en"), ("y a pas de galère", "fr"),
        ("não há problema", "pt"), ("sorun yok", "tr"), ("makanch mouchkil nji", "ar"),
        ("likambo te", "ln"), ("non pas de souci", "fr"), ("je viens pas seule", "fr"),
    ],
)  # fmt: skip
def test_a_name_or_a_problem_denied_leaves_a_yes_a_yes(text: str, language: str) -> None:
    assert understand(text, language, Asked.RSVP).intent is Intent.YES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("merci de cesser tout envoi", "fr"), ("arrêtez avec ces textos", "fr"),
        ("veuillez effacer mes coordonnées", "fr"), ("je veux plus de ces messages", "fr"),
        ("stop je change de numéro", "fr"), ("stop tout", "fr"),
        ("I no want una message again", "en"), ("please erase my details", "en"),
        ("dejen ya de mandar esos mensajes", "es"), ("eliminen mi teléfono", "es"),
        ("deixem de me enviar mensagens", "pt"), ("apaguem os meus dados", "pt"),
        ("artık yazmayın", "tr"), ("numaramı rehberden silin", "tr"),
        ("حبسو هاد المساجات", "ar"), ("matzidouch tab3atouli", "ar"),
        ("احذفوا نمرتي", "ar"), ("nu-mi mai trimiteți mesaje", "ro"),
        ("перестаньте присылать сообщения", "ru"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("asked", [Asked.ANY, Asked.RSVP])
def test_a_refusal_is_heard_in_words_that_no_phrase_lists(
    text: str, language: str, asked: Asked
) -> None:
    assert understand(text, language, asked).intent is Intent.STOP


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("don't stop sending me the messages", "en"), ("n'arrêtez pas les messages", "fr"),
        ("n'oubliez pas de m'envoyer l'adresse", "fr"), ("pouvez-vous m'envoyer un message", "fr"),
        ("je n'ai pas reçu votre message", "fr"), ("j'ai changé mon numéro", "fr"),
        ("no recibí el mensaje", "es"),
        ("je peux pas écrire", "fr"), ("non-stop", "fr"), ("I'll stop by", "en"),
    ],
)  # fmt: skip
def test_who_speaks_of_messages_does_not_refuse_them(text: str, language: str) -> None:
    for asked in (Asked.ANY, Asked.RSVP):
        assert understand(text, language, asked).intent is not Intent.STOP


@pytest.mark.parametrize(
    ("text", "language"),
    [("STOP l'atelier", "fr"), ("stop pour la sortie", "fr"), ("stop la réunion merci", "fr"),
     ("cancel the workshop", "en")],
)  # fmt: skip
def test_who_stops_one_gathering_does_not_come_and_messages_go_on(text: str, language: str) -> None:
    understood = understand(text, language, Asked.RSVP)
    assert (understood.intent, understood.scope) == (Intent.NO, Scope.EVENT)


@pytest.mark.parametrize(
    ("text", "language", "rating"),
    [
        ("2, on a attendu une heure dehors", "fr", 2), ("le doy un 4 sobre 5", "es", 4),
        ("3 chwiya twil", "ar", 3), ("patru ca a fost cald in sala", "ro", 4),
        ("we were 3 and all liked it", "en", None), ("nous 3 on a aimé", "fr", None),
    ],
)  # fmt: skip
def test_a_note_may_be_explained_after_it(text: str, language: str, rating: int | None) -> None:
    assert understand(text, language, Asked.RATING).value == rating


@pytest.mark.parametrize(
    "text", ["pas de problème tout s'est bien passé", "non rien à dire tout était parfait"]
)
def test_under_a_rating_a_sentence_is_no_answer(text: str) -> None:
    assert understand(text, "fr", Asked.RATING).intent is Intent.OTHER


@pytest.mark.parametrize(
    ("text", "language"),
    [("10 zorgles", "fr"), ("1 zorgle 1 zorgle", "fr"), ("vamos eu, minha mãe e o Zorgle", "pt"),
     ("we come around 3pm", "en"), ("toute la famille", "fr")],
)  # fmt: skip
def test_nobody_is_counted_among_words_that_we_do_not_know(text: str, language: str) -> None:
    assert understand(text, language, Asked.HEADCOUNT).value is None
