"""Every feature, said natively on each network, and what real clients on the others see of it."""
