"""`python -m bot` is the `carnet` command."""

from bot.cli import main

main()
