"""How much a parent reads, as people write it: "facile à lire", "chiffres", "message vocal"."""

from __future__ import annotations

from bot.messages import Rendering
from bot.roster.cells import fold

_WRITTEN = {
    Rendering.STANDARD: (
        *("normal", "normale", "standard", "courant", "courante", "habituel", "habituelle"),
        *("complet", "complete", "messages complets", "lit bien", "bonne"),
    ),
    Rendering.EASY: (
        *("facile", "facile a lire", "lecture facile", "falc", "simple", "simples", "easy"),
        *("court", "courts", "courts et simples", "lit peu", "difficile"),
    ),
    Rendering.NUMBERS: (
        *("chiffre", "chiffres", "en chiffres", "par chiffres", "seulement des chiffres"),
        *("numero", "numeros", "nombres", "numbers"),
    ),
    Rendering.VOICE: (
        *("vocal", "voix", "audio", "oral", "message vocal", "messages vocaux", "vocal d abord"),
        *("voix d abord", "ecoute", "ecouter", "ne lit pas", "voice"),
    ),
}
_CODES = {spelling: code for code, several in _WRITTEN.items() for spelling in several}
_TO_ASK = frozenset({"", "inconnu", "inconnue", "nc", "n c", "nsp", "ne sait pas", "non renseigne"})
ALLOWED = "« normal », « facile », « chiffres » ou « vocal »"


class RenderingError(ValueError):
    """The cell names no way of writing that we have; the text says why, in French."""


def rendering_of(written: str) -> Rendering | None:
    """How much they read, None where it is left open.

    Raises RenderingError.
    """
    words = fold(written)
    if words in _TO_ASK:
        return None
    if words in _CODES:
        return _CODES[words]
    shown = written if len(written) <= 40 else written[:39] + "…"
    raise RenderingError(f"lecture inconnue : « {shown} » ; écrivez {ALLOWED}, ou laissez vide")
