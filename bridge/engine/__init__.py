"""The shell around the core: one queue for each portal, so that order is kept."""
