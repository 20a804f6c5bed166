"""Prints the settings file of the package: config/privatelinkd.yaml with a line for every service of Azure's public
cloud. The container registry's is in force; a link whose service has no zone is a warning at each start, so that the
others are comments.

    packaged_settings.py
"""

import csv
import pathlib
import re

CONFIG = pathlib.Path(__file__).resolve().parents[2] / "config"


def main():
    with open(CONFIG / "private-links.csv", encoding="utf-8", newline="") as file:
        services = sorted({row["service"] for row in csv.DictReader(file) if row["cloud"] == "public"})
    links = ["links:", "  # One line for each service; `privatelinkctl links` shows its suffixes and zones. Remove the `#`",
             "  # where there is a zone of the service in the zone directory.", "  - service: container-registry"]
    links += [f"  # - service: {service}" for service in services if service != "container-registry"]
    text = (CONFIG / "privatelinkd.yaml").read_text(encoding="utf-8")
    text, count = re.subn(r"^links:\n(?:[ ]+.*\n)+", "\n".join(links) + "\n", text, flags=re.MULTILINE)
    assert count == 1, "config/privatelinkd.yaml has one section of links"
    print(text.replace("docs/settings.md says", "privatelinkd.yaml(5) says"), end="")


main()
