"""A network without a wire: the smallest complete example, and the one that tests use."""
