"""The settings of the daemon: read from ``config.yaml``, checked, and explained when wrong."""

from bridge.config.loading import Config, NetworkSection, load
from bridge.config.problems import ConfigInvalid, Problem

__all__ = ["Config", "ConfigInvalid", "NetworkSection", "Problem", "load"]
