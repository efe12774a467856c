"""Real servers for tests, the demo and the benchmarks, each in a folder of its own on loopback."""
