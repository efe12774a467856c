"""The database. All SQL stays in here."""
