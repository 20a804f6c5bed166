"""The differences between privatelinkd and other resolvers that are meant to be, as rules. docs/differences.md has the
reason for each, under the rule's name and in the same order."""

from typing import Callable, NamedTuple

ALL = ("BIND", "Unbound", "Knot Resolver")


class Rule(NamedTuple):
    """A difference: of which servers, and what it looks like."""

    name: str
    peers: tuple
    matches: Callable

    def covers(self, peer, asked, field, ours, theirs):
        return peer in self.peers and self.matches(asked, field, ours, theirs)


def kind_is(*kinds):
    return lambda asked, field, ours, theirs: asked.kind in kinds


def type_is(*types):
    return lambda asked, field, ours, theirs: asked.kind == "unusual type" and asked.type in types


def malformed(*whats):
    return kind_is(*(f"malformed: {what}" for what in whats))


def here(codes, matches):
    """A difference that is none when privatelinkd itself gives another RCODE than these."""
    return lambda asked, field, ours, theirs: matches(asked, field, ours, theirs) and (
        field != "rcode" or ours in codes.split())


def _start_times(records):
    """The records without the TTLs of their SOA records."""
    return [record[:3] + ((None,) if record[1] == "SOA" else record[3:]) for record in records or []]


def denial_time(asked, field, ours, theirs):
    return field == "authority" and bool(ours) and _start_times(ours) == _start_times(theirs)


def recursion_not_desired(asked, field, ours, theirs):
    return asked.way == "RD clear"


def doubles(asked, field, ours, theirs):
    return field == "answer" and asked.kind == "twice" and sorted(set(ours)) == theirs


def truncated(asked, field, ours, theirs):
    return field == "answer" and ours == [] and asked.kind in ("big", "middling")


def partial_chain(asked, field, ours, theirs):
    return field == "answer" and ours == [] and asked.kind in ("ring", "selfalias", "endlesschain")


def authentic(asked, field, ours, theirs):
    return field == "flags" and set(ours.split()) - set(theirs.split()) == {"ad"} and asked.kind == "authentic"


def special_name(asked, field, ours, theirs):
    return asked.kind.startswith("special ") and not private_reverse(asked, field, ours, theirs)


def private_reverse(asked, field, ours, theirs):
    return asked.kind == "special 1.0.0.10.in-addr.arpa."


def recursion_available(asked, field, ours, theirs):
    return field == "flags" and set(ours.split()) - set(theirs.split()) == {"ra"} and asked.kind.startswith(
        ("malformed", "unusual", "class", "EDNS version", "option"))


def unreadable(asked, field, ours, theirs):
    return asked.kind.startswith("malformed") and field == "rcode" and ours == "FORMERR"


def echo(asked, field, ours, theirs):
    return asked.kind.startswith("malformed") and field == "question" and ours is None


def edns_of_errors(asked, field, ours, theirs):
    return asked.kind.startswith("malformed") and field == "options"


RULES = [
    Rule("Queries without RD", ("BIND",), here("REFUSED", recursion_not_desired)),
    Rule("The TTL of a denial's SOA record", ALL, denial_time),
    Rule("Bounds of TTLs", ("BIND", "Knot Resolver"), here("NOERROR NXDOMAIN", kind_is("lasting", "zero", "negativettl"))),
    Rule("Record sets with unequal TTLs", ("Unbound", "Knot Resolver"), kind_is("unequal")),
    Rule("Duplicate records", ("BIND", "Knot Resolver"), doubles),
    Rule("Truncated answers", ("BIND",), truncated),
    Rule("Endless alias chains", ("BIND", "Knot Resolver"), partial_chain),
    Rule("The AD flag of upstream servers", ALL, authentic),
    Rule("Referrals", ("Unbound", "Knot Resolver"), kind_is("referral")),
    Rule("YXDOMAIN", ("BIND", "Knot Resolver"), kind_is("yxdomain")),
    Rule("Denials with another zone's SOA record", ALL, kind_is("foreignsoa")),
    Rule("Answers with unrelated records", ("BIND",), kind_is("extra")),
    Rule("Special names", ALL, here("NOERROR NXDOMAIN", special_name)),
    Rule("Reverse names of private addresses", ("Unbound",), private_reverse),
    Rule("ANY", ALL, here("NOERROR", type_is("ANY"))),
    Rule("Zone transfers", ("BIND", "Knot Resolver"), here("REFUSED", type_is("AXFR", "IXFR"))),
    Rule("The RA flag of errors", ("BIND", "Unbound"), recursion_available),
    Rule("Types used only between servers", ALL,
         type_is("OPT", "TYPE0", "TYPE249", "TYPE250", "TYPE253", "TYPE254")),
    Rule("Classes other than IN", ALL, here("REFUSED", kind_is("class"))),
    Rule("Opcodes other than QUERY", ALL, here("NOTIMP", kind_is("opcode"))),
    Rule("EDNS versions above 0", ("Knot Resolver",), kind_is("EDNS version")),
    Rule("Malformed client-subnet, expire, chain and error options", ("BIND",),
         kind_is("option 8", "option 9", "option 14", "option 15")),
    Rule("Malformed cookies", ("Unbound", "Knot Resolver"), kind_is("option 10")),
    Rule("Records in queries", ALL, malformed(
        "an answer", "an authority", "an additional", "OPT in the answer", "OPT in the authority")),
    Rule("Unreadable queries", ("Unbound", "Knot Resolver"), unreadable),
    Rule("What an error echoes", ("Unbound",), echo),
    Rule("EDNS of errors", ("BIND", "Unbound"), edns_of_errors),
    Rule("OPT records with an owner name", ("Knot Resolver",), malformed("OPT of a name")),
    Rule("Overlong options", ("Unbound",), malformed("a long option")),
    Rule("Bytes after the message", ("Knot Resolver",), malformed("more octets")),
    Rule("TC in queries", ("Unbound",), malformed("TC")),
]
