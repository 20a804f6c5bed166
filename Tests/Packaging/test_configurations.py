"""What config/azure, config/container and config/kubernetes hold: their form, and what of it can be run here."""

import json
import pathlib
import re
import unittest

import yaml

from test_package import ZONE, ZONE_FILE, PackageCase

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "config"
ORIGIN = "privatelink.azurecr.io"


def texts(value):
    """Every string in a JSON value."""
    if isinstance(value, dict):
        for one in value.values():
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value



class AzureTests(unittest.TestCase):
    def setUp(self):
        self.template = json.loads((CONFIG / "azure/template.json").read_text(encoding="utf-8"))

    def resource(self, kind):
        return next(one for one in self.template["resources"] if one["type"].endswith("/" + kind))

    def test_references_are_declared_and_declarations_used(self):
        expressions = [text for text in texts([self.template["resources"], self.template["outputs"],
                                               self.template["variables"]]) if text.startswith("[")]
        for kind in ("parameters", "variables"):
            used = {name for text in expressions for name in re.findall(kind + r"\('(\w+)'\)", text)}
            self.assertEqual(used, set(self.template[kind]))
        for text in expressions:
            self.assertEqual(text.count("("), text.count(")"), text)
        own = {one["type"] for one in self.template["resources"]}
        for text in expressions:
            for kind in re.findall(r"resourceId\('([^']+)'", text):
                self.assertIn(kind, own)

    def test_every_resource_has_a_type_a_version_and_a_name(self):
        for one in self.template["resources"]:
            self.assertRegex(one["type"], r"^Microsoft\.\w+/\w+$")
            self.assertRegex(one["apiVersion"], r"^20\d\d-\d\d-\d\d$")
            self.assertTrue(one["name"] and one["location"])

    def test_the_probe_asks_readyz_over_http(self):
        balancer = self.resource("loadBalancers")["properties"]
        (probe,) = balancer["probes"]
        self.assertEqual([probe["properties"][key] for key in ("protocol", "port", "requestPath", "intervalInSeconds",
                                                               "probeThreshold")], ["Http", 9153, "/readyz", 5, 2])
        self.assertEqual({rule["properties"]["protocol"] for rule in balancer["loadBalancingRules"]}, {"Udp", "Tcp"})
        rules = self.resource("networkSecurityGroups")["properties"]["securityRules"]
        probes = next(rule["properties"] for rule in rules if rule["name"] == "load-balancer-probe")
        self.assertEqual((probes["sourceAddressPrefix"], probes["destinationPortRange"], probes["access"]),
                         ("AzureLoadBalancer", "9153", "Allow"))

    def test_the_machines_ask_azure_and_not_themselves(self):
        self.assertEqual(self.resource("networkInterfaces")["properties"]["dnsSettings"]["dnsServers"], ["168.63.129.16"])

    def test_no_machine_has_a_public_address_or_a_password(self):
        self.assertNotIn("publicIPAddress", json.dumps(self.template))
        linux = self.resource("virtualMachines")["properties"]["osProfile"]["linuxConfiguration"]
        self.assertTrue(linux["disablePasswordAuthentication"])

    def test_cloud_init_edits_what_the_shipped_settings_have(self):
        text = (CONFIG / "azure/cloud-init.yaml").read_text(encoding="utf-8")
        self.assertTrue(text.startswith("#cloud-config\n"))
        commands = yaml.safe_load(text)["runcmd"]
        pattern = next(command for command in commands if command[0] == "sed")[2].split("/")[1]
        shipped = (CONFIG / "privatelinkd.yaml").read_text(encoding="utf-8")
        self.assertEqual(len(re.findall(pattern, shipped, flags=re.MULTILINE)), 1)


class KubernetesTests(PackageCase):
    def test_the_settings_serve_zones_as_the_kubelet_mounts_them(self):
        documents = list(yaml.safe_load_all((CONFIG / "kubernetes/privatelinkd.yaml").read_text(encoding="utf-8")))
        maps = {one["metadata"]["name"]: one["data"] for one in documents if one["kind"] == "ConfigMap"}
        (deployment,) = [one for one in documents if one["kind"] == "Deployment"]
        (service,) = [one for one in documents if one["kind"] == "Service"]
        self.assertEqual(deployment["spec"]["replicas"], 2)
        stub = (CONFIG / "kubernetes/coredns-custom.yaml").read_text(encoding="utf-8")
        self.assertIn(f"forward . {service['spec']['clusterIP']}\n", stub)

        self.install()
        self.run_in("systemctl stop privatelinkd")
        home = "/etc/privatelinkd"
        self.machine.write(f"{home}/privatelinkd.yaml", maps["settings"]["privatelinkd.yaml"])
        # As the kubelet does it: the files are links through a link to the present version's directory.
        for name, text in maps["zones"].items():
            self.machine.write(f"{home}/zones/..1/{name}", text)
            self.machine.write(f"{home}/zones/..2/{name}", text.replace("10.0.0.7", "10.0.0.17"))
            self.run_in(f"cd {home}/zones; ln -s ..data/{name} .; ln -s ..1 ..data")
        container = deployment["spec"]["template"]["spec"]["containers"][0]
        self.assertEqual(self.run_in(f"privatelinkd --check-config {' '.join(container['args'])}"), "")
        self.run_in(f"chmod -R a+rX {home}; install -d -o 953 /run/privatelinkd")
        daemon = self.machine.start("exec setpriv --reuid 953 --regid 953 --clear-groups --bounding-set -all"
                                    f" privatelinkd {' '.join(container['args'])}")
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        # The Service's port is 53, the pod's another.
        (port,) = {one["containerPort"] for one in container["ports"] if one["name"].startswith("dns")}
        ask = f"python3 /var/lib/test/ask.py myregistry.azurecr.io udp 127.0.0.1 {port}"
        self.wait_until(lambda: self.run_in(ask, check=False).strip() == "0 10.0.0.7", "an answer")
        for path in [container[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")]:
            self.run_in(f"curl --fail --silent http://127.0.0.1:9153{path}")
        self.run_in(f"cd {home}/zones; ln -s ..2 ..data_tmp; mv -T ..data_tmp ..data")
        self.wait_until(lambda: self.run_in(ask, check=False).strip() == "0 10.0.0.17", "the zone's new version")


class ContainerTests(PackageCase):
    def test_the_steps_leave_a_root_in_which_the_daemon_runs(self):
        text = re.sub(r"^#.*\n", "", (CONFIG / "container/Containerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
        steps = dict(re.findall(r"^(RUN|USER|ENV|ENTRYPOINT|CMD) ((?:.*\\\n)*.*)$", text, flags=re.MULTILINE))
        self.assertEqual(re.findall(r"^COPY (.*)$", text, flags=re.MULTILINE), ["privatelinkd_*.deb /tmp/"])
        self.run_in(f"cp {self.old} /tmp/")
        # There is no network here: what is to be installed is there already, and lists of packages are kept.
        run = steps["RUN"].replace("\\\n", " ").replace("apt-get update", "true").replace(" /var/lib/apt/lists/*", "")
        self.run_in(run)
        self.machine.write(ZONE_FILE, ZONE)
        self.run_in(f"chgrp _privatelinkd {ZONE_FILE}; chmod 640 {ZONE_FILE}; sysctl -qw net.ipv4.ip_unprivileged_port_start=0")
        user, group = steps["USER"].split(":")
        command = " ".join(json.loads(steps["ENTRYPOINT"]) + json.loads(steps["CMD"]))
        daemon = self.machine.start(f"export {steps['ENV']}; exec setpriv --reuid {user} --regid {group} --clear-groups"
                                    f" --bounding-set -all {command}")
        self.addCleanup(daemon.stdout.close)
        self.addCleanup(daemon.wait)
        self.addCleanup(daemon.terminate)
        self.wait_for_answer("0 10.0.0.7")
        self.assertEqual(self.ask("myregistry.azurecr.io", "tcp", "::1"), "0 10.0.0.7")
        self.wait_until(lambda: self.machine.status_of(f"test -e /var/lib/privatelinkd/{ORIGIN}.zone") == 0, "last good copy")


if __name__ == "__main__":
    unittest.main()
