"""The irc network."""
