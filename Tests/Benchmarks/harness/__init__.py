"""The harness of scripts/bench: starts servers on loopback, asks them in turn, and compares what
the answers cost.
"""
