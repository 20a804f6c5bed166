"""Reloads while thousands of queries a second are answered: none is lost, and every answer is wholly of the state
before a reload or wholly of the one after it. Each state writes its number into all that it serves."""

import itertools
import signal
import unittest

from endtoend.case import LINK, EndToEndCase
from endtoend.load import Load, Question
from endtoend.message import Message, Record
from endtoend.upstream import Reply, SeparateUpstream

RATE = 2_600
REQUIRED_RATE = 2_000
RELOADS = 200
SUFFIXES = ["privatelink.azurecr.io.", "privatelink-b.azurecr.io."]


def address(version, last):
    return f"10.{version >> 8}.{version & 255}.{last}"


def soa(version):
    return f"azureprivatedns.net. azureprivatedns-host.microsoft.com. {version} 3600 300 2419200 10"


def private_zone(version):
    """A registry with three addresses and a data endpoint, all of one version."""
    return (f"$TTL 10\n@ SOA {soa(version)}\n"
            + "".join(f"myregistry A {address(version, last)}\n" for last in (1, 2, 3))
            + f"myregistry.westeurope.data A {address(version, 5)}\n")


def alias_zone(version):
    return f"$TTL 10\n@ SOA {soa(version)}\nwww A {address(version, 7)}\nfar {100 + version} CNAME www.target.example.\n"


def target_zone(version):
    return f"$TTL 10\n@ SOA {soa(version)}\nwww A {address(version, 9)}\n"


FILES = {"privatelink.azurecr.io": private_zone, "privatelink-b.azurecr.io": private_zone,
         "alias.example": alias_zone, "target.example": target_zone}


class State:
    """What is served after a reload: a version for each zone, and one for the link."""

    def __init__(self, zones, link):
        self.zones, self.link = zones, link

    @property
    def suffix(self):
        return SUFFIXES[self.link % 2]

    def settings(self):
        return {"links": [{**LINK, "private": self.suffix, "ttl": 1000 + self.link}]}

    def expected(self, subject):
        """The answer and authority to a question, as sorted tuples."""
        private = self.zones[self.suffix[:-1]]
        if subject == "registry":
            return self._linked("myregistry", [(1, private), (2, private), (3, private)]), ()
        if subject == "data":
            return self._linked("myregistry.westeurope.data", [(5, private)]), ()
        if subject == "aaaa":
            return self._linked("myregistry", []), ((self.suffix, 10, "SOA", soa(private)),)
        if subject == "zone":
            return (("www.alias.example.", 10, "A", address(self.zones["alias.example"], 7)),), ()
        if subject == "alias":
            return tuple(sorted([
                ("far.alias.example.", 100 + self.zones["alias.example"], "CNAME", "www.target.example."),
                ("www.target.example.", 10, "A", address(self.zones["target.example"], 9)),
            ])), ()
        raise AssertionError(subject)

    def _linked(self, name, addresses):
        private_name = f"{name}.{self.suffix}"
        return tuple(sorted([
            (f"{name}.azurecr.io.", 1000 + self.link, "CNAME", private_name),
            *((private_name, 10, "A", address(version, last)) for last, version in addresses),
        ]))


QUESTIONS = {
    "registry": ("myregistry.azurecr.io.", "A"),
    "data": ("myregistry.westeurope.data.azurecr.io.", "A"),
    "aaaa": ("myregistry.azurecr.io.", "AAAA"),
    "zone": ("www.alias.example.", "A"),
    "alias": ("far.alias.example.", "A"),
}


class Mixture:
    """The questions of the load in turn, and the check of their answers against the states."""

    def __init__(self, first):
        self.states = [first]
        self._numbers = itertools.count()

    def make(self):
        number = next(self._numbers)
        turn = number % 20
        if turn == 0:
            return Question(f"image{number}.images.example.", "A", "image")
        if turn in (1, 2):
            return Question(f"name{number}.public.example.", "A", number)
        if turn == 3:
            return Question(f"other{number}.azurecr.io.", "A", number)
        subject = list(QUESTIONS)[number % len(QUESTIONS)]
        return Question(*QUESTIONS[subject], subject)

    def check(self, subject, answer, first, last):
        if answer.rcode != "NOERROR":
            return f"{answer.rcode} {answer.extended_errors}"
        found = tuple(sorted(map(tuple, answer.answer)))
        authority = tuple(map(tuple, answer.authority))
        if isinstance(subject, int):
            data = [record.data for record in answer.answer]
            return None if data == [forwarded_address(subject)] else f"forwarded, got {found}"
        if subject == "image":
            alias = [record for record in found if record[2:] == ("CNAME", "myregistry.azurecr.io.")]
            if len(alias) != 1:
                return f"no alias of the server upstream in {found}"
            found = tuple(record for record in found if record is not alias[0])
            subject = "registry"
        allowed = [state.expected(subject) for state in self.states[first:last + 1]]
        if (found, authority) not in allowed:
            return f"epochs {first} to {last} allow {allowed}, got {found} {authority}"
        return None


def forwarded_address(number):
    return f"198.51.{number >> 8 & 255}.{number & 255}"


def answer_upstream(message, _):
    """Answers names by the number in them, one in three late."""
    name = message.question[0].lower()
    number = int("".join(filter(str.isdigit, name.split(".")[0])))
    delay = 0.15 if number % 3 == 0 else 0
    if name.endswith(".images.example."):
        return Reply(
            f"{name} 60 CNAME myregistry.azurecr.io.\n"
            "myregistry.azurecr.io. 60 CNAME myregistry.privatelink.azurecr.io.\n"
            "myregistry.privatelink.azurecr.io. 60 A 192.0.2.66", delay=0.2)
    return Reply(f"{name} 60 A {forwarded_address(number)}", delay=delay)


class ReloadUnderLoadTests(EndToEndCase):
    def start_load(self, watch):
        upstream = SeparateUpstream({
            f"*.{suffix}": answer_upstream for suffix in ("images.example.", "public.example.", "azurecr.io.")})
        self.addCleanup(upstream.stop)
        first = State({origin: 0 for origin in FILES}, 0)
        self.daemon = self.start_daemon(
            {"listen": ["127.0.0.1:0"], "forward": [{"zone": ".", "servers": [upstream.endpoint]}],
             "zones": {"watch": watch}, "tcp": {"idle-timeout": "60s"},
             **first.settings()},
            {origin: text(0) for origin, text in FILES.items()})
        self.mixture = Mixture(first)
        return Load(self.daemon.address, self.daemon.port, self.mixture.make, self.mixture.check, RATE)

    def assert_all_answered(self, load):
        self.assertEqual(load.failures[:5], [], f"{len(load.failures)} failures")
        self.assertEqual(load.waiting(), [])
        self.assertGreaterEqual(load.measured_rate(), REQUIRED_RATE)
        for transport in ("udp", "tcp"):
            self.assertGreater(load.answered[transport], 0)

    def begin(self, load, zones, link):
        """Announces the state that the next reload leads to; answers may be of it from now on."""
        self.mixture.states.append(State(zones, link))
        load.begun += 1

    # Reloads that are asked for

    def test_two_hundred_reloads_with_broken_files_and_changing_links(self):
        load = self.start_load(watch=False)
        waited = []
        with load:
            for number in range(1, RELOADS + 1):
                self.let_queries_pass(load)
                self.change(load, number)
                waited.append(self.late_queries(load))
                self.reload(number)
                load.completed += 1
        self.assert_all_answered(load)
        self.assertEqual(waited.count(0), 0, "reloads at which no query waited for the server upstream")
        self.assertEqual(self.daemon.status()["generation"], 1 + RELOADS - RELOADS // 11)

    def late_queries(self, load):
        """How many queries wait for the server upstream."""
        return sum(waiting.question.subject not in QUESTIONS for waiting in load.waiting())

    def let_queries_pass(self, load):
        """Waits until the load has gone on for a while and some of it waits for the server upstream."""
        answered = sum(load.answered.values())
        self.wait_until(
            lambda: sum(load.answered.values()) >= answered + 80 and self.late_queries(load) > 5, "the load")

    def change(self, load, number):
        """Replaces zone files and settings; some of them are broken, and then the old state must stay."""
        before = self.mixture.states[-1]
        broken = ["privatelink.azurecr.io", "privatelink-b.azurecr.io", "target.example"][number % 3] \
            if number % 4 == 0 else None
        settings_are_broken = number % 11 == 0
        zones = dict(before.zones)
        for origin in FILES:
            if origin != broken:
                zones[origin] = number
        link = number // 2
        if settings_are_broken:
            self.begin(load, before.zones, before.link)
        else:
            self.begin(load, zones, link)
        for origin, text in FILES.items():
            self.daemon.write_zone(
                origin, text(number) + ("broken A 10.0.0.300\n" if origin == broken else ""))
        if settings_are_broken:
            self.daemon.write_settings("links: nonsense\n")
        else:
            self.daemon.write_settings(self.mixture.states[-1].settings())

    def reload(self, number):
        """By the control socket, or now and then by a signal; until it is told that it ended."""
        if number % 10 == 5:
            mark = self.daemon.running.mark()
            self.daemon.running.send_signal(signal.SIGHUP)
            self.daemon.running.wait_for_line("reloaded", after=mark)
            return
        succeeded, report = self.daemon.call("reload")
        self.assertEqual(succeeded, number % 4 != 0 and number % 11 != 0, report)

    # Reloads that the directory leads to

    def test_a_watched_directory(self):
        load = self.start_load(watch=True)
        with load:
            for number in range(1, 21):
                origin = list(FILES)[number % len(FILES)]
                is_broken = number % 5 == 0
                zones = dict(self.mixture.states[-1].zones)
                if not is_broken:
                    zones[origin] = number
                self.begin(load, zones, 0)
                mark = self.daemon.running.mark()
                self.daemon.write_zone(
                    origin, FILES[origin](number) + ("broken A 10.0.0.300\n" if is_broken else ""))
                line = self.daemon.running.wait_for_line("reloaded.*", after=mark)[0]
                self.assertEqual("with mistakes" in line, is_broken or self.has_broken_file(number))
                load.completed += 1
        self.assert_all_answered(load)

    def test_the_check_itself_sees_mixtures(self):
        """Two states that are both allowed do not make an answer of both right."""
        old = State({origin: 1 for origin in FILES}, 2)
        new = State({origin: 2 for origin in FILES}, 4)
        mixture = Mixture(old)
        mixture.states.append(new)

        def verdict(records, authority=()):
            answer = Message(answer=[Record(*each) for each in records],
                             authority=[Record(*each) for each in authority])
            return mixture.check(subject, answer, 0, 1)

        for subject in QUESTIONS:
            with self.subTest(subject):
                (first, first_authority), (second, second_authority) = old.expected(subject), new.expected(subject)
                self.assertIsNone(verdict(first, first_authority))
                self.assertIsNone(verdict(second, second_authority))
                self.assertIsNotNone(verdict(first[1:], first_authority))
                if len(first) > 1:
                    self.assertIsNotNone(verdict(first[:1] + second[1:], second_authority))
                    self.assertIsNotNone(verdict(first[:-1] + second[-1:], second_authority))
        self.assertIsNotNone(mixture.check("zone", Message(rcode="SERVFAIL"), 0, 1))

    def has_broken_file(self, number):
        """Whether a file that an earlier change broke is still so: each is written every fourth time."""
        return any(earlier % 5 == 0 for earlier in range(max(1, number - 3), number + 1))


if __name__ == "__main__":
    unittest.main()
