"""A translation machine that speaks as LibreTranslate does, on the association's own server.

Only what is to be translated leaves, over the address that the settings name; nothing is logged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bot.languages import read_languages
from bot.translators import AUTO, TranslationFailed

CONNECT_SECONDS, ANSWER_SECONDS = 3.0, 15.0
THEIR_CODES = {"prs": ("fa",), "zh": ("zh", "zh-Hans", "zh-CN")}  # where another one than ours
SILENT = (
    "Le moteur de traduction ne répond pas. Rien n'est perdu : réessayez plus tard, "
    "ou écrivez la traduction vous-même."
)
REFUSALS: Mapping[int, str] = {
    400: "Le moteur ne traduit pas cette langue, ou ce texte. Écrivez la traduction vous-même.",
    403: "Le moteur de traduction refuse notre clé : voyez CARNET_TRANSLATE_KEY.",
    404: "L'adresse du moteur de traduction n'est pas la bonne : voyez CARNET_TRANSLATE_URL.",
    429: "Le moteur de traduction a trop de demandes. Attendez une minute, puis réessayez.",
}
ODD = "Le moteur de traduction a répondu autre chose qu'une traduction. Rien n'est enregistré."


class LibreTranslate:
    """The client; it may be called from several threads."""

    def __init__(self, url: str, key: str = "", *, seconds: float = ANSWER_SECONDS) -> None:
        self._url = url.rstrip("/")
        self._key = key
        self._seconds = seconds

    def translate(self, lines: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        """Translate some lines; give as many. Raises TranslationFailed."""
        asked: dict[str, Any] = {
            "q": list(lines),
            "source": AUTO if source == AUTO else THEIR_CODES.get(source, (source,))[0],
            "target": THEIR_CODES.get(target, (target,))[0],
            "format": "text",
        }
        if self._key:
            asked["api_key"] = self._key
        told = self._ask("POST", "/translate", asked)
        answers = told.get("translatedText") if isinstance(told, dict) else None
        if not isinstance(answers, list) or len(answers) != len(lines):
            raise TranslationFailed(ODD)
        if not all(isinstance(one, str) and one.strip() for one in answers):
            raise TranslationFailed(ODD)
        return tuple(answers)

    def check(self) -> frozenset[str]:
        """Ask which of our languages it can write. Raises TranslationFailed."""
        told = self._ask("GET", "/languages", None)
        if not isinstance(told, list):
            raise TranslationFailed(ODD)
        theirs = {str(one.get("code")) for one in told if isinstance(one, dict)}
        return frozenset(
            code for code in read_languages() if theirs.intersection(THEIR_CODES.get(code, (code,)))
        )

    def _ask(self, verb: str, path: str, asked: Mapping[str, Any] | None) -> Any:
        import httpx

        patience = httpx.Timeout(self._seconds, connect=min(CONNECT_SECONDS, self._seconds))
        try:
            with httpx.Client(timeout=patience, trust_env=False) as client:
                answer = client.request(verb, f"{self._url}{path}", json=asked)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TranslationFailed(SILENT) from error
        if answer.status_code != httpx.codes.OK:
            raise TranslationFailed(REFUSALS.get(answer.status_code, SILENT))
        try:
            return answer.json()
        except ValueError as error:
            raise TranslationFailed(ODD) from error
