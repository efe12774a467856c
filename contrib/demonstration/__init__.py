"""A conversation over three real servers, to look at or to take part in."""
