"""``python -m dynapspec``."""

from dynapspec.cli.main import main

main()
