"""Mirrors ``bridge`` and ``protocols``; ``servers`` holds the real servers to test against."""
