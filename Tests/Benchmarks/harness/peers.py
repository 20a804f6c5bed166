"""The servers that are compared, each with the settings that let it answer fast on one core: one
thread, no logs, no rate limit, minimal answers. None may ask anything outside: what a package asks
by itself (security polls, root hints, trust anchors) is switched off, and the whole run has a
network of its own where the system allows it.
"""

from .data import PRIVATE, PUBLIC
from .servers import Server


class Reference(Server):
    """The C program: always the same two records."""

    name = "C reference"
    reference = True

    def place_zone(self, version=0):
        """It has no zone."""

    def reload_command(self):
        return ["true"]

    def command(self):
        return [self.toolbox.program("reference"), "answer", self.endpoint]


class ReferenceForwarder(Reference):
    name = "C forwarder"
    manner = "forward"

    def command(self):
        upstream = f"127.0.0.1:{self.scene.upstreams[0]}"
        return [self.toolbox.program("reference"), self.manner, self.endpoint, upstream]


class FreshReferenceForwarder(ReferenceForwarder):
    name = "C forwarder, a socket per query"
    manner = "forward-fresh"
    reference = False


class NSD(Server):
    name = "NSD"
    package = "nsd"
    program = "nsd"

    def write(self):
        self.place_zone()
        (self.directory / "nsd.conf").write_text(f"""server:
    ip-address: 127.0.0.1@{self.port}
    server-count: {self.scene.workers}
    username: ""
    chroot: ""
    zonesdir: "{self.directory}"
    database: ""
    pidfile: "{self.directory}/nsd.pid"
    xfrdfile: "{self.directory}/xfrd.state"
    xfrdir: "{self.directory}"
    zonelistfile: "{self.directory}/zone.list"
    cookie-secret-file: ""
    minimal-responses: yes
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
    tcp-count: 100
    verbosity: 0
remote-control:
    control-enable: yes
    control-interface: "{self.directory}/nsd.sock"
zone:
    name: "{self.origin}"
    zonefile: "{self.origin}.zone"
""")

    def command(self):
        return ["nsd", "-d", "-c", self.directory / "nsd.conf"]

    def reload_command(self):
        return ["nsd-control", "-c", self.directory / "nsd.conf", "reload", self.origin]


class Knot(Server):
    name = "Knot"
    package = "knot"
    program = "knotd"

    def write(self):
        self.place_zone()
        (self.directory / "knot.conf").write_text(f"""server:
    rundir: "{self.directory}"
    pidfile: "knot.pid"
    listen: 127.0.0.1@{self.port}
    udp-workers: {self.scene.workers}
    tcp-workers: {self.scene.workers}
    background-workers: 1
log:
  - target: stderr
    any: error
database:
    storage: "{self.directory}/database"
template:
  - id: default
    storage: "{self.directory}"
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
  - domain: {self.origin}
    file: {self.origin}.zone
""")

    def command(self):
        return ["knotd", "-c", self.directory / "knot.conf"]

    def reload_command(self):
        return ["knotc", "-c", self.directory / "knot.conf", "zone-reload", self.origin]


class Unbound(Server):
    name = "Unbound"
    package = "unbound"
    program = "unbound"

    def write(self):
        text = f"""server:
    interface: 127.0.0.1@{self.port}
    num-threads: {self.scene.workers}
    username: ""
    chroot: ""
    directory: "{self.directory}"
    pidfile: "{self.directory}/unbound.pid"
    use-syslog: no
    verbosity: 0
    do-daemonize: no
    do-ip6: no
    module-config: "iterator"
    do-not-query-localhost: no
    so-reuseport: yes
    msg-cache-size: 128m
    rrset-cache-size: 256m
    outgoing-range: 8192
    num-queries-per-thread: 4096
    incoming-num-tcp: 100
remote-control:
    control-enable: yes
    control-use-cert: no
    control-interface: "{self.directory}/control.sock"
"""
        if self.scene.registries:
            self.place_zone()
            text += f"""auth-zone:
    name: "{self.origin}"
    zonefile: "{self.zone_path()}"
    for-downstream: yes
    for-upstream: no
"""
        if self.scene.upstreams:
            text += 'forward-zone:\n    name: "."\n'
            for port in self.scene.upstreams:
                text += f"    forward-addr: 127.0.0.1@{port}\n"
        (self.directory / "unbound.conf").write_text(text)

    def command(self):
        return ["unbound", "-d", "-c", self.directory / "unbound.conf"]

    def reload_command(self):
        return [
            "unbound-control",
            "-c",
            self.directory / "unbound.conf",
            "auth_zone_reload",
            self.origin,
        ]


class BIND(Server):
    name = "BIND"
    package = "bind9"
    program = "named"

    def write(self):
        forward = "recursion no;"
        if self.scene.upstreams:
            servers = " ".join(f"127.0.0.1 port {port};" for port in self.scene.upstreams)
            forward = f"recursion yes; forward only; forwarders {{ {servers} }};"
        text = f"""options {{
    directory "{self.directory}";
    pid-file "named.pid";
    session-keyfile "session.key";
    lock-file none;
    listen-on port {self.port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    allow-query {{ any; }};
    dnssec-validation no;
    minimal-responses yes;
    max-cache-size 256M;
    notify no;
    querylog no;
    {forward}
}};
controls {{ }};
logging {{ category default {{ null; }}; }};
"""
        if self.scene.registries:
            self.place_zone()
            text += f'zone "{self.origin}" {{ type primary; file "{self.origin}.zone"; check-names ignore; }};\n'
        (self.directory / "named.conf").write_text(text)

    def command(self):
        return ["named", "-f", "-4", "-n", self.scene.workers, "-c", self.directory / "named.conf"]

    def reload_command(self):
        return ["kill", "-HUP", self.process.pid]


class Dnsmasq(Server):
    name = "dnsmasq"
    package = "dnsmasq-base"
    program = "dnsmasq"

    def write(self):
        text = f"""port={self.port}
listen-address=127.0.0.1
bind-interfaces
user=root
no-resolv
no-hosts
no-poll
cache-size={max(self.scene.cache_entries, 10_000)}
dns-forward-max=10000
local-ttl=10
pid-file={self.directory}/dnsmasq.pid
"""
        if self.scene.registries:
            hosts, aliases = self.scene.registries.hosts()
            text += f"addn-hosts={hosts}\n{aliases.read_text()}"
        for port in self.scene.upstreams:
            text += f"server=127.0.0.1#{port}\n"
        (self.directory / "dnsmasq.conf").write_text(text)

    def command(self):
        return ["dnsmasq", "--keep-in-foreground", f"--conf-file={self.directory}/dnsmasq.conf"]


class KnotResolver(Server):
    name = "Knot Resolver"
    package = "knot-resolver"
    program = "kresd"

    def write(self):
        servers = ", ".join(f"'127.0.0.1@{port}'" for port in self.scene.upstreams)
        (self.directory / "kresd.conf").write_text(
            f"""net.listen('127.0.0.1', {self.port}, {{ kind = 'dns' }})
for _, name in ipairs({{'ta_update', 'ta_signal_query', 'priming', 'detect_time_skew', 'detect_time_jump'}}) do
    pcall(modules.unload, name)
end
trust_anchors.remove('.')
log_level('crit')
cache.size = 256 * MB
modules.load('policy')
policy.add(policy.all(policy.FORWARD({{ {servers} }})))
"""
        )

    def command(self):
        return ["kresd", "-n", "-c", self.directory / "kresd.conf", self.directory]


class Dnsdist(Server):
    name = "dnsdist"
    package = "dnsdist"
    program = "dnsdist"

    def write(self):
        text = f"""setSecurityPollSuffix("")
setACL({{'127.0.0.0/8'}})
getPool(""):setCache(newPacketCache({max(self.scene.cache_entries, 10_000) * 2}))
setMaxUDPOutstanding(65535)
"""
        for _ in range(self.scene.workers):
            text += f"addLocal('127.0.0.1:{self.port}', {{ reusePort=true }})\n"
        for port in self.scene.upstreams:
            text += f"newServer({{ address='127.0.0.1:{port}' }})\n"
        (self.directory / "dnsdist.conf").write_text(text)

    def command(self):
        return [
            "dnsdist",
            "--supervised",
            "--disable-syslog",
            "-C",
            self.directory / "dnsdist.conf",
        ]


class PrivateLinkDaemon(Server):
    """This project's daemon: the private zone's addresses from a file, the aliases from a link."""

    name = "privatelinkd"
    ours = True

    @property
    def holds_aliases(self):
        return False

    def zone_path(self):
        return self.directory / "zones" / f"{self.origin}.zone"

    def write(self):
        (self.directory / "zones").mkdir()
        links = [(PUBLIC, PRIVATE)]
        if self.scene.registries:
            self.place_zone()
        for number in range(self.scene.extra_links):
            links.append((f"p{number}.example.net", f"privatelink.p{number}.example.net"))
        text = f"""listen: ["{self.endpoint}"]
workers: {self.scene.workers}
zones:
  directory: zones
  watch: false
control:
  socket: control.sock
log:
  level: warning
cache:
  size: {self.scene.cache_size}
links:
"""
        for public, private in links:
            text += f"  - public: {public}\n    private: {private}\n"
        servers = ", ".join(f'"127.0.0.1:{port}"' for port in self.scene.upstreams)
        text += f"forward:\n  - zone: .\n    servers: [{servers}]\n"
        (self.directory / "privatelinkd.yaml").write_text(text)

    def command(self):
        program = self.toolbox.daemon("privatelinkd")
        if self.under_valgrind:
            program = self.toolbox.without_debugging(program)
        return [program, "--config", self.directory / "privatelinkd.yaml"]

    def reload_command(self):
        return [
            self.toolbox.daemon("privatelinkctl"),
            "--socket",
            self.directory / "control.sock",
            "reload",
        ]


class CachingPrivateLinkDaemon(PrivateLinkDaemon):
    """The same, asked for names that are in its cache."""

    name = "privatelinkd, cached"


AUTHORITATIVE = [NSD, Knot, Unbound, BIND]
FORWARDERS = [Dnsdist, Unbound, KnotResolver, BIND, Dnsmasq]
