"""Makes ``python -m bridge.cli`` the same as ``tercet``."""

from bridge.cli import main

main()
