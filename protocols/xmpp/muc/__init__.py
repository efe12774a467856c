"""Rooms of somebody else's MUC service, which we visit as occupants (XEP-0045)."""
