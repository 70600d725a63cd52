"""Whether progress can be drawn as a bar, or has to be told in lines."""

import os
import sys

FEWEST_COLUMNS = 20


def draws_bars() -> bool:
    """Whether standard error is a terminal with room for a bar: some have no columns, and show nothing of it."""
    try:
        return sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns >= FEWEST_COLUMNS
    except (OSError, ValueError):
        return False
