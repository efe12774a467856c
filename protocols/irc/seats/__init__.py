"""People who join channels themselves: a connection of their own for each of them."""
