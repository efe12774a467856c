"""The gateway: rooms that we host for channels of other networks, and the people who enter them."""
