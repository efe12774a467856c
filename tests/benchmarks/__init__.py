"""What Tercet costs, each figure beside one of the same machine without Tercet.

``python -m tests.benchmarks --help`` lists what there is; docs/performance.md tells what came out.
"""
