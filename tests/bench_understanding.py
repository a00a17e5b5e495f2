"""How many replies one core understands in a second of its time.

python -m tests.bench_understanding
"""

from __future__ import annotations

import statistics
import sys
from time import process_time

from bot.messages import Asked
from bot.understanding.intent import understand

REPLIES = (
    ("Oui", "fr"), ("oui on sera 3", "fr"), ("jpeu pa dsl jtaf", "fr"), ("non merci", "fr"),
    ("Bonjour madame, je serai présente avec mes deux enfants inchallah", "fr"), ("stop", "fr"),
    ("Désolée je ne pourrai pas venir samedi, ma fille est malade. Bonne journée", "fr"),
    ("نعم إن شاء الله", "ar"), ("la ma n9drch", "ar"), ("Evet ama eşim gelemez", "tr"),
    ("sim mas o meu marido não pode", "pt"), ("nu pot, lucrez", "ro"), ("👍🏽", None),
    ("yes, what time does it start?", "en"), ("2 adultes et 1 enfant", "fr"),
)  # fmt: skip
ROUNDS = 400
RUNS = 7


def replies_per_second() -> float:
    """The median of several runs, lexicons already loaded."""
    rates = []
    for _ in range(RUNS):
        started = process_time()
        for _ in range(ROUNDS):
            for text, language in REPLIES:
                understand(text, language, Asked.RSVP)
        rates.append(ROUNDS * len(REPLIES) / (process_time() - started))
    return statistics.median(rates)


def first_call_seconds() -> float:
    """The first reply of a process, which loads the lexicons of its language."""
    started = process_time()
    understand("oui on sera 3", "ar", Asked.RSVP)
    return process_time() - started


if __name__ == "__main__":
    first = first_call_seconds()
    sys.stdout.write(f"first reply: {first:.3f} s\n")
    sys.stdout.write(f"{replies_per_second():,.0f} replies/s\n")
