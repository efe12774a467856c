"""The matrix network."""
