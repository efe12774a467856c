"""When the same thing has come round too often: guards against other bridges in the same rooms."""

REPEATS = 5
"""As many equal texts in one room may pass within ``WINDOW``."""
WINDOW = 10.0
"""Seconds."""


def too_often(repeats: int) -> bool:
    """Tell whether a text that was said this often in the window must stop here.

    Two bridges that repeat each other never stop by themselves; people do (semantics 0.3).
    """
    return repeats >= REPEATS
