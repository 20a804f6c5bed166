"""Debian's BIND, Unbound, dnsmasq and Knot Resolver as an on-premises server: each with the snippet of docs/guide.md
for it, unless a test has other ideas, and around that only what a server needs to run in a test's network."""

import re

from .programs import REPOSITORY
from .running import Running

GUIDE = REPOSITORY / "docs/guide.md"


def snippet(path):
    """The guide's code block that begins with a comment which says this."""
    blocks = re.findall(r"^```\n(.*?)^```$", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    found = [block for block in blocks if block.split("\n")[0].split(" ", 1)[1] == path]
    if len(found) != 1:
        raise AssertionError(f"docs/guide.md has {len(found)} blocks for {path}")
    return found[0]


class Bind:
    """named in the foreground; `internet` is who it asks about all other names."""

    name = "BIND"
    follows_aliases = True
    path = "/etc/bind/named.conf.local"

    @staticmethod
    def start(directory, address, internet, more="", validation="dnssec-validation no;", anchors="",
              forwarding=None):
        settings = directory / "named.conf"
        settings.write_text(f"""
            {anchors}
            options {{
                directory "{directory}";
                listen-on {{ {address}; }};
                listen-on-v6 {{ none; }};
                allow-query {{ any; }};
                recursion yes;
                {validation}
                forward only;
                forwarders {{ {internet}; }};
                pid-file none;
                {more}
            }};
            controls {{ }};
            {snippet(Bind.path) if forwarding is None else forwarding}
            """)
        running = Running("named", ["named", "-g", "-n", "1", "-c", str(settings)])
        return running, r"running$"


class Unbound:
    """unbound in the foreground."""

    name = "Unbound"
    follows_aliases = True
    path = "/etc/unbound/unbound.conf.d/privatelinkd.conf"

    @staticmethod
    def start(directory, address, internet, more="", modules="iterator", forwarding=None):
        settings = directory / "unbound.conf"
        settings.write_text(f"""
            server:
                interface: {address}
                access-control: 0.0.0.0/0 allow
                directory: "{directory}"
                chroot: ""
                username: ""
                pidfile: ""
                use-syslog: no
                verbosity: 1
                do-daemonize: no
                module-config: "{modules}"
                private-address: 10.0.0.0/8
                {more}
            remote-control:
                control-enable: no
            forward-zone:
                name: "."
                forward-addr: {internet}
            {snippet(Unbound.path) if forwarding is None else forwarding}
            """)
        running = Running("unbound", ["unbound", "-d", "-p", "-c", str(settings)])
        return running, "start of service"


class Dnsmasq:
    """dnsmasq in the foreground."""

    name = "dnsmasq"
    follows_aliases = False
    path = "/etc/dnsmasq.d/privatelinkd.conf"

    @staticmethod
    def start(directory, address, internet, more=""):
        settings = directory / "dnsmasq.conf"
        settings.write_text("\n".join([
            "no-resolv", "no-hosts", "bind-interfaces", "no-daemon", "log-facility=-",
            "stop-dns-rebind", f"listen-address={address}", f"server={internet}",
            f"pid-file={directory}/dnsmasq.pid", more, snippet(Dnsmasq.path)]))
        running = Running("dnsmasq", ["dnsmasq", f"--conf-file={settings}"])
        return running, "using nameserver .* for domain azurecr.io"


class KnotResolver:
    """kresd in the foreground, which forwards everything; the guide has no snippet for it."""

    name = "Knot Resolver"

    @staticmethod
    def start(directory, address, internet):
        settings = directory / "kresd.conf"
        settings.write_text(f"""
            net.listen('{address}', 53, {{ kind = 'dns' }})
            for _, name in ipairs({{'ta_update', 'ta_signal_query', 'priming', 'detect_time_skew'}}) do
                if modules[name] ~= nil or _G[name] ~= nil then modules.unload(name) end
            end
            trust_anchors.remove('.')
            cache.size = 20 * MB
            policy.add(policy.all(policy.FORWARD('{internet}')))
            log_level('info')
            event.after(0, function () io.stderr:write('serving\\n') end)
            """)
        working = directory / "kresd"
        working.mkdir()
        running = Running("kresd", ["kresd", "-n", "-c", str(settings), str(working)])
        return running, "serving"
