"""Asks over UDP or TCP, in the machine: `ask.py NAME [udp|tcp] [ADDRESS] [PORT]` prints the answer's RCODE and addresses.
Without anything but Python, so that no DNS client need be installed."""

import socket
import struct
import sys


def question(number, name):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)


def addresses(message):
    """Of A records, found behind the compressed or whole names before them."""
    def after_name(place):
        while message[place]:
            if message[place] >= 0xC0:
                return place + 2
            place += 1 + message[place]
        return place + 1
    _, _, questions, answers, _, _ = struct.unpack_from("!6H", message)
    place = 12
    for _ in range(questions):
        place = after_name(place) + 4
    for _ in range(answers):
        place = after_name(place)
        kind, _, _, length = struct.unpack_from("!HHIH", message, place)
        place += 10
        if kind == 1:
            yield socket.inet_ntoa(message[place:place + length])
        place += length


def main():
    name, transport, address, port = sys.argv[1:] + ["udp", "127.0.0.1", "53"][len(sys.argv) - 2:]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM) as client:
        client.settimeout(5)
        client.connect((address, int(port)))
        message = question(4711, name)
        if transport == "udp":
            client.send(message)
            answer = client.recv(65535)
        else:
            client.sendall(struct.pack("!H", len(message)) + message)
            stream = client.makefile("rb")
            answer = stream.read(struct.unpack("!H", stream.read(2))[0])
    print(answer[3] & 15, *addresses(answer))


if __name__ == "__main__":
    main()
