"""A server upstream whose answers are made from the names: the first label says what kind of answer a name gets,
with a number to make it a name of its own. Every kind that a resolver meets is there, usual and unusual."""

from .message import type_number
from .upstream import Reply

SUFFIX = "parade.example."
SOA_DATA = "ns1.parade.example. hostmaster.parade.example. 7 3600 600 86400 30"
SOA = f"{SUFFIX} 60 SOA {SOA_DATA}"
#: What each type is answered with by the kinds that have data.
DATA = {
    "A": "198.51.100.7", "AAAA": "2001:db8::7", "MX": "10 mail.parade.example.",
    "TXT": '"one" "two words"', "NS": "ns1.parade.example.", "PTR": "host.parade.example.",
    "SRV": "\\# 27 000100020035 04686f7374 06706172616465 076578616d706c65 00",
    "CAA": "\\# 14 00 056973737565 63612e74657374", "HTTPS": "\\# 3 000100", "SOA": SOA_DATA,
    "DS": "\\# 24 1234 0801 0102030405060708091011121314151617181920", "TYPE65400": "\\# 4 01020304",
}


def signature(kind):
    """A signature that nobody could verify."""
    return f"\\# 23 {type_number(kind):04x} 0803 0000012c 69250000 69230000 1234 00 01020304"


def name_of(kind, number, more=""):
    return f"{more}{kind}-{number}.{SUFFIX}"


class AnswerKinds:
    """Makes the replies; `kinds` are the names of its methods without their first word."""

    @classmethod
    def kinds(cls):
        return sorted(word.removeprefix("make_") for word in dir(cls) if word.startswith("make_"))

    def reply(self, message, transport):
        """What the server says to a query: a function for `Upstream.on`."""
        name, kind = message.question
        labels = name.lower().split(".")
        if name == ".":
            soa = ". 60 SOA " + SOA_DATA
            return Reply(soa) if kind == "SOA" else Reply(authority=soa)
        if len(labels) < 4 or ".".join(labels[-3:]) != SUFFIX:
            return Reply(rcode="NXDOMAIN", authority=". 60 SOA " + SOA_DATA)
        word, _, number = labels[-4].partition("-")
        make = getattr(self, f"make_{word}", None)
        if make is None:
            return Reply(rcode="NXDOMAIN", authority=SOA)
        made = make(name, kind, number)
        return made if isinstance(made, Reply) else Reply(made) if made else Reply(authority=SOA)

    def records(self, name, kind, ttl=300):
        if kind == "ANY":
            return "\n".join(self.records(name, each, ttl) for each in ("A", "AAAA", "MX", "TXT"))
        return f"{name} {ttl} {kind} {DATA[kind]}" if kind in DATA else ""

    # The usual

    def make_plain(self, name, kind, number):
        return self.records(name, kind)

    def make_address(self, name, kind, number):
        """Addresses alone: all other types are no data."""
        return self.records(name, kind) if kind == "A" else ""

    def make_many(self, name, kind, number):
        if kind != "A":
            return ""
        return "\n".join(f"{name} 300 A 198.51.100.{last}" for last in range(1, 13))

    def make_denied(self, name, kind, number):
        return Reply(rcode="NXDOMAIN", authority=SOA)

    def alias(self, name, kind, number, target, then):
        first = f"{name} 300 CNAME {target}"
        if kind == "CNAME":
            return first
        reply = then(target, kind, number)
        rest = reply if isinstance(reply, Reply) else Reply(reply) if reply else Reply(authority=SOA)
        rest.answer = f"{first}\n{rest.answer}"
        return rest

    def make_alias(self, name, kind, number):
        return self.alias(name, kind, number, name_of("plain", number), self.make_plain)

    def make_aliasdenied(self, name, kind, number):
        return self.alias(name, kind, number, name_of("denied", number), self.make_denied)

    def make_aliasempty(self, name, kind, number):
        return self.alias(name, kind, number, name_of("address", number), self.make_address)

    def make_aliastwice(self, name, kind, number):
        return self.alias(name, kind, number, name_of("alias", number), self.make_alias)

    def make_aliasalone(self, name, kind, number):
        """The server leaves it to the asker to go on."""
        return f"{name} 300 CNAME {name_of('plain', number)}"

    def make_longchain(self, name, kind, number):
        """Eight aliases: name-0 to name-8."""
        return self.chain(name, kind, number, 8)

    def make_endlesschain(self, name, kind, number):
        """Forty aliases: more than anybody follows."""
        return self.chain(name, kind, number, 40)

    def chain(self, name, kind, number, length):
        labels = name.split(".")
        start = 0 if len(labels) == 4 else int(labels[0][1:])
        word = labels[-4].split("-")[0]
        lines, owner = [], name
        for hop in range(start + 1, length + 1):
            target = name_of(word, number, f"h{hop}.")
            lines.append(f"{owner} 300 CNAME {target}")
            owner = target
            if kind == "CNAME":
                return lines[0]
        last = self.records(owner, kind)
        return "\n".join([*lines, last]) if last else Reply("\n".join(lines), authority=SOA)

    def make_selfalias(self, name, kind, number):
        return f"{name} 300 CNAME {name}"

    def make_ring(self, name, kind, number):
        other = name_of("ring", number, "" if name.lower().startswith("b.") else "b.")
        first = f"{name} 300 CNAME {other}"
        return first if kind == "CNAME" else f"{first}\n{other} 300 CNAME {name}"

    def make_signed(self, name, kind, number):
        data = self.records(name, kind)
        return f"{data}\n{name} 300 RRSIG {signature(kind)}" if data else ""

    def make_big(self, name, kind, number):
        """Too large for UDP."""
        if kind != "TXT":
            return self.make_address(name, kind, number)
        text = "\n".join(f'{name} 300 TXT "{line:03} {"x" * 60}"' for line in range(60))
        return Reply(text, truncate=True)

    def make_middling(self, name, kind, number):
        """Fits into 1232 octets, and not into 512."""
        if kind != "TXT":
            return self.make_address(name, kind, number)
        return "\n".join(f'{name} 300 TXT "{line:03} {"x" * 60}"' for line in range(10))

    # TTLs

    def make_zero(self, name, kind, number):
        return self.records(name, kind, 0)

    def make_lasting(self, name, kind, number):
        return self.records(name, kind, 30 * 86_400)

    def make_negativettl(self, name, kind, number):
        """RFC 2181, section 8: the top bit set means 0."""
        return self.records(name, kind, 0x8000_0001)

    def make_unequal(self, name, kind, number):
        if kind != "A":
            return ""
        return f"{name} 300 A 198.51.100.1\n{name} 60 A 198.51.100.2"

    # Refusals

    def make_servfail(self, name, kind, number):
        return Reply(rcode="SERVFAIL")

    def make_refused(self, name, kind, number):
        return Reply(rcode="REFUSED")

    def make_notimp(self, name, kind, number):
        return Reply(rcode="NOTIMP")

    def make_yxdomain(self, name, kind, number):
        return Reply(rcode="YXDOMAIN")

    def make_notauth(self, name, kind, number):
        return Reply(rcode="NOTAUTH")

    # The unusual

    def make_extra(self, name, kind, number):
        """Records that nobody asked for."""
        return f"{self.records(name, kind)}\nother.{name} 300 A 192.0.2.66\nvictim.example. 300 A 192.0.2.66"

    def make_nameservers(self, name, kind, number):
        reply = Reply(self.records(name, kind))
        reply.authority = f"{SUFFIX} 300 NS ns1.{SUFFIX}" if reply.answer else SOA
        return reply

    def make_referral(self, name, kind, number):
        return Reply(authority=f"{name} 300 NS ns1.{name}")

    def make_nosoa(self, name, kind, number):
        """A denial that says nothing of its time."""
        return Reply(rcode="NXDOMAIN")

    def make_emptynosoa(self, name, kind, number):
        return Reply()

    def make_foreignsoa(self, name, kind, number):
        return Reply(rcode="NXDOMAIN", authority=f"other.example. 60 SOA {SOA_DATA}")

    def make_otherspelling(self, name, kind, number):
        return self.records(name.swapcase(), kind)

    def make_twice(self, name, kind, number):
        data = self.records(name, kind)
        return f"{data}\n{data}" if data else ""

    def make_unordered(self, name, kind, number):
        """The alias behind what it leads to."""
        if kind == "CNAME" or kind not in DATA:
            return self.make_alias(name, kind, number)
        target = name_of("plain", number)
        return f"{self.records(target, kind)}\n{name} 300 CNAME {target}"

    def make_authentic(self, name, kind, number):
        reply = Reply(self.records(name, kind) or "", flags=("ad",))
        reply.authority = "" if reply.answer else SOA
        return reply

    def make_authoritative(self, name, kind, number):
        reply = Reply(self.records(name, kind) or "", flags=("aa",))
        reply.authority = "" if reply.answer else SOA
        return reply

    def make_norecursion(self, name, kind, number):
        def without_ra(made, _):
            return made[:3] + bytes([made[3] & 0x7F]) + made[4:]

        reply = Reply(self.records(name, kind) or "", change=without_ra)
        reply.authority = "" if reply.answer else SOA
        return reply

    def make_dname(self, name, kind, number):
        """Everything below it is elsewhere (RFC 6672)."""
        labels = name.split(".")
        owner, target = ".".join(labels[-4:]), name_of("plain", number)
        if len(labels) == 4:
            return f"{owner} 300 DNAME {target}" if kind == "DNAME" else ""
        below = ".".join(labels[:-4]) + "."
        return Reply(f"{owner} 300 DNAME {target}\n{name} 300 CNAME {below}{target}\n"
                     + self.records(f"{below}{target}", kind), authority="" if kind in DATA else SOA)
