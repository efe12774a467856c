"""Who may change what was said (semantics 0.4)."""

from bridge.model import Account


def same_hand(before: Account | None, now: Account | None) -> bool:
    """Tell whether both are the same person for certain: the same identity, and where that alone
    proves nothing (an IRC guest, an occupant without a JID), the same authority."""
    if before is None or now is None or before.user != now.user:
        return False
    return not before.authority or before.authority == now.authority
