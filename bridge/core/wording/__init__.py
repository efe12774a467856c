"""What the bridge says, one file for each language: ``en.yaml``, ``de.yaml``."""
