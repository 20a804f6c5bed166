"""Attacks on a daemon on loopback, each short and bounded, and what other clients notice of them."""
