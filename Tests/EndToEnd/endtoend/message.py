"""DNS messages as the tests write and read them: enough to ask anything, to answer as a server upstream would, and
to compare answers as text. Deliberately apart from the daemon's own code, so that the two cannot share a mistake."""

import ipaddress
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

TYPES = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33,
    "DNAME": 39, "OPT": 41, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "SVCB": 64,
    "HTTPS": 65, "IXFR": 251, "AXFR": 252, "ANY": 255, "CAA": 257,
}
TYPE_WORDS = {number: word for word, number in TYPES.items()}
RCODES = [
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
    "NXRRSET", "NOTAUTH", "NOTZONE", "DSOTYPENI", "RESERVED12", "RESERVED13", "RESERVED14",
    "RESERVED15", "BADVERS",
]
FLAGS = {"qr": 0x8000, "aa": 0x0400, "tc": 0x0200, "rd": 0x0100, "ra": 0x0080, "ad": 0x0020, "cd": 0x0010}
NAMES_ALONE = {"NS", "CNAME", "PTR", "DNAME"}
EXTENDED_ERROR = 15


class Record(NamedTuple):
    """One record; `data` is text as in a zone file, or `\\# LENGTH HEX` for a type that is not known here."""

    name: str
    ttl: int
    type: str
    data: str

    @classmethod
    def parse(cls, line):
        """A record from `NAME TTL TYPE DATA`; a class IN is skipped."""
        words = line.split()
        if words[2] == "IN":
            del words[2]
        return cls(words[0], int(words[1]), words[2], " ".join(words[3:]))

    def __str__(self):
        return f"{self.name} {self.ttl} {self.type} {self.data}"


def records(text):
    """The records of a text, one to a line."""
    return [Record.parse(line) for line in text.splitlines() if line.strip()]


@dataclass
class Options:
    """An OPT record."""

    payload: int = 1232
    version: int = 0
    dnssec_ok: bool = False
    options: list = field(default_factory=list)

    @property
    def extended_errors(self):
        """Pairs of number and text (RFC 8914)."""
        return [
            (struct.unpack("!H", octets[:2])[0], octets[2:].decode())
            for code, octets in self.options if code == EXTENDED_ERROR
        ]


@dataclass
class Message:
    """A message. `flags` are dig's words; `question` is a name and a type, or None for no question."""

    id: int = 0
    flags: set = field(default_factory=set)
    opcode: int = 0
    rcode: str = "NOERROR"
    question: tuple = None
    question_class: int = 1
    answer: list = field(default_factory=list)
    authority: list = field(default_factory=list)
    additional: list = field(default_factory=list)
    options: Options = None

    def encode(self):
        """The message in wire form, names written in full."""
        code = RCODES.index(self.rcode)
        bits = sum(FLAGS[flag] for flag in self.flags) | self.opcode << 11 | code & 15
        additional = len(self.additional) + (self.options is not None)
        head = struct.pack(
            "!6H", self.id, bits, 0 if self.question is None else 1, len(self.answer),
            len(self.authority), additional)
        parts = [head]
        if self.question is not None:
            name, kind = self.question
            parts.append(encode_name(name) + struct.pack("!2H", type_number(kind), self.question_class))
        for record in [*self.answer, *self.authority, *self.additional]:
            parts.append(encode_record(record))
        if self.options is not None:
            parts.append(encode_options(self.options, code >> 4))
        return b"".join(parts)

    @classmethod
    def decode(cls, octets):
        """Reads a whole message; octets that follow it are an error."""
        identifier, bits, *counts = struct.unpack("!6H", octets[:12])
        message = cls(id=identifier, opcode=bits >> 11 & 15)
        message.flags = {flag for flag, bit in FLAGS.items() if bits & bit}
        code = bits & 15
        position = 12
        for _ in range(counts[0]):
            name, position = decode_name(octets, position)
            kind, message.question_class = struct.unpack("!2H", octets[position:position + 4])
            message.question = (name, type_word(kind))
            position += 4
        for section, count in zip((message.answer, message.authority, message.additional), counts[1:]):
            for _ in range(count):
                position, code = message._read_record(octets, position, section, code)
        if position != len(octets):
            raise ValueError(f"{len(octets) - position} octets follow the message")
        message.rcode = RCODES[code] if code < len(RCODES) else str(code)
        return message

    def _read_record(self, octets, position, section, code):
        name, position = decode_name(octets, position)
        kind, kind_class, ttl, length = struct.unpack("!2HIH", octets[position:position + 10])
        start, end = position + 10, position + 10 + length
        if end > len(octets):
            raise ValueError("a record ends behind the message")
        if kind == TYPES["OPT"]:
            self.options = decode_options(kind_class, ttl, octets[start:end])
            return end, code | ttl >> 24 << 4
        section.append(Record(name, ttl, type_word(kind), decode_data(octets, kind, start, end)))
        return end, code

    @property
    def extended_errors(self):
        """Pairs of number and text; none without an OPT record."""
        return self.options.extended_errors if self.options else []

    def find(self, kind, section="answer"):
        """The data of the records of a type."""
        return [record.data for record in getattr(self, section) if record.type == kind]


def query(name, kind="A", id=0, flags=("rd",), options=Options(), **more):
    """A query as a stub resolver sends it."""
    return Message(id=id, flags=set(flags), question=(name, kind), options=options, **more)


def type_number(word):
    return TYPES[word] if word in TYPES else int(word.removeprefix("TYPE"))


def type_word(number):
    return TYPE_WORDS.get(number, f"TYPE{number}")


def encode_name(text):
    """A name in wire form; `\\DDD` and `\\X` are understood, and a final dot is not needed."""
    labels, label, index = [], bytearray(), 0
    raw = text.encode("latin-1")
    while index < len(raw):
        octet = raw[index]
        if octet == 0x5C and raw[index + 1:index + 4].isdigit():
            label.append(int(raw[index + 1:index + 4]))
            index += 4
        elif octet == 0x5C:
            label.append(raw[index + 1])
            index += 2
        else:
            if octet == 0x2E:
                labels.append(bytes(label))
                label = bytearray()
            else:
                label.append(octet)
            index += 1
    if label:
        labels.append(bytes(label))
    return b"".join(bytes([len(label)]) + label for label in labels if label) + b"\0"


def decode_name(octets, position):
    """A name as text with its final dot, and where it ends; pointers must lead backwards."""
    labels, end, limit = [], None, position
    while True:
        length = octets[position]
        if length >= 0xC0:
            if end is None:
                end = position + 2
            target = (length & 0x3F) << 8 | octets[position + 1]
            if target >= limit:
                raise ValueError("a compression pointer does not lead backwards")
            position = limit = target
        elif length == 0:
            return "".join(label + "." for label in labels) or ".", position + 1 if end is None else end
        else:
            labels.append("".join(map(_letter, octets[position + 1:position + 1 + length])))
            position += 1 + length


def _letter(octet):
    if octet in b'."\\;()@$':
        return "\\" + chr(octet)
    return chr(octet) if 0x21 <= octet <= 0x7E else f"\\{octet:03}"


def encode_record(record):
    data = encode_data(record.type, record.data)
    return encode_name(record.name) + struct.pack(
        "!2HIH", type_number(record.type), 1, record.ttl, len(data)) + data


def encode_data(kind, text):
    words = text.split()
    if words[0] == "\\#":
        return bytes.fromhex("".join(words[2:]))
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    if kind in NAMES_ALONE:
        return encode_name(text)
    if kind == "MX":
        return struct.pack("!H", int(words[0])) + encode_name(words[1])
    if kind == "SOA":
        return encode_name(words[0]) + encode_name(words[1]) + struct.pack("!5I", *map(int, words[2:]))
    if kind == "TXT":
        strings = [part.encode() for part in text.split('"')[1::2]]
        return b"".join(bytes([len(part)]) + part for part in strings)
    raise ValueError(f"no spelling of {kind} is known here")


def decode_data(octets, kind, start, end):
    word = type_word(kind)
    data = octets[start:end]
    if word in ("A", "AAAA"):
        return str(ipaddress.ip_address(data))
    if word in NAMES_ALONE:
        return decode_name(octets, start)[0]
    if word == "MX":
        return f"{struct.unpack('!H', data[:2])[0]} {decode_name(octets, start + 2)[0]}"
    if word == "SOA":
        first, position = decode_name(octets, start)
        second, position = decode_name(octets, position)
        numbers = struct.unpack("!5I", octets[position:position + 20])
        return " ".join([first, second, *map(str, numbers)])
    if word == "TXT":
        strings, position = [], 0
        while position < len(data):
            strings.append(data[position + 1:position + 1 + data[position]])
            position += 1 + data[position]
        return " ".join(f'"{part.decode("latin-1")}"' for part in strings)
    return f"\\# {len(data)} {data.hex()}".strip()


def encode_options(options, code_high):
    octets = b"".join(struct.pack("!2H", code, len(data)) + data for code, data in options.options)
    ttl = code_high << 24 | options.version << 16 | (0x8000 if options.dnssec_ok else 0)
    return b"\0" + struct.pack("!2HIH", TYPES["OPT"], options.payload, ttl, len(octets)) + octets


def decode_options(payload, ttl, octets):
    options = Options(payload, ttl >> 16 & 0xFF, bool(ttl & 0x8000))
    position = 0
    while position < len(octets):
        code, length = struct.unpack("!2H", octets[position:position + 4])
        options.options.append((code, octets[position + 4:position + 4 + length]))
        position += 4 + length
    return options
