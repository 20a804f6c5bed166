"""An answer reduced to what can be compared between servers, and the differences between two of them."""

import struct

from .message import Message

FIELDS = ("rcode", "flags", "question", "answer", "authority", "additional", "options")


class Observed:
    """What a server said; None for nothing."""

    def __init__(self, octets):
        if octets is None:
            self.values = {"rcode": "silence"}
            return
        try:
            message = Message.decode(octets)
        except (IndexError, ValueError, struct.error):
            # Some servers echo what they could not read.
            message = Message.decode(octets[:4] + bytes(8))
            message.question = "unreadable"
        self.values = {
            "rcode": message.rcode,
            "flags": " ".join(sorted(message.flags)),
            "question": message.question,
            "answer": sorted(map(_comparable, message.answer)),
            "authority": sorted(map(_comparable, message.authority)),
            "additional": sorted(map(_comparable, message.additional)),
            "options": None if message.options is None else (
                message.options.version, message.options.dnssec_ok),
        }

    def differences(self, other):
        """The fields in which two differ, each with both values; TTLs may differ by a second of waiting."""
        if self.values["rcode"] != other.values["rcode"] and "silence" in (
                self.values["rcode"], other.values["rcode"]):
            return {"rcode": (self.values["rcode"], other.values["rcode"])}
        found = {}
        for field in FIELDS:
            ours, theirs = self.values.get(field), other.values.get(field)
            if not (_near(ours, theirs) if field in ("answer", "authority", "additional") else ours == theirs):
                found[field] = (ours, theirs)
        return found


def _comparable(record):
    return (record.name.lower(), record.type, record.data.lower(), record.ttl)


def _near(ours, theirs):
    if ours is None or theirs is None or len(ours) != len(theirs):
        return ours == theirs
    return all(a[:3] == b[:3] and abs(a[3] - b[3]) <= 2 for a, b in zip(ours, theirs))
