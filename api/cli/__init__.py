"""The command line `sahih`: one file a command group; imports late, so that it starts in a blink."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `sahih` with the process's arguments; no input of any kind ends in a traceback."""
    try:
        from api.cli.app import build
        from api.cli.output import explained

        with explained():
            build()()
    except KeyboardInterrupt:  # also in the first moments, while modules are still being read
        sys.exit(130)
