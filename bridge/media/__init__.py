"""How the bytes of files are had: from the network that holds them, or from the web."""
