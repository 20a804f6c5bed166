"""Prints what the programs are made of, as SPDX 2.3: what is linked into them, and what they load at run time.

    sbom.py PROGRAM VERSION EPOCH
"""

import datetime
import hashlib
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def package(name, version, licence, relation, purl=None, place="NOASSERTION"):
    entry = {
        "SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name), "name": name, "versionInfo": version,
        "downloadLocation": place, "filesAnalyzed": False, "licenseConcluded": licence,
        "licenseDeclared": licence, "copyrightText": "NOASSERTION",
    }
    if purl:
        entry["externalRefs"] = [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                                  "referenceLocator": purl}]
    return entry, relation


def linked():
    """The dependencies of Package.swift as they were checked out, and the run-time libraries of the compilers."""
    state = json.loads((ROOT / ".build" / "workspace-state.json").read_text(encoding="utf-8"))
    for dependency in state["object"]["dependencies"]:
        name = dependency["packageRef"]["identity"]
        location = dependency["packageRef"]["location"].removesuffix(".git")
        version = dependency["state"]["checkoutState"]["version"]
        yield package(name, version, "Apache-2.0 WITH Swift-exception" if name == "swift-argument-parser" else "Apache-2.0",
                      "STATIC_LINK", f"pkg:swift/{location.removeprefix('https://')}@{version}",
                      f"git+{location}@{version}")
    version = re.search(r"Swift version (\S+)", output("swift", "--version")).group(1)
    yield package("swift", version, "Apache-2.0 WITH Swift-exception", "STATIC_LINK",
                  f"pkg:swift/github.com/swiftlang/swift@{version}", "git+https://github.com/swiftlang/swift")
    archive = pathlib.Path(output("clang", "-print-file-name=libstdc++.a").strip()).resolve()
    yield debian(output("dpkg-query", "-S", str(archive)).split(":")[0], "GPL-3.0-or-later WITH GCC-exception-3.1", "STATIC_LINK")


def debian(name, licence, relation):
    version, architecture = output("dpkg-query", "-W", "-f", "${Version} ${Architecture}\n", name).split("\n")[0].split()
    return package(name, version, licence, relation, f"pkg:deb/debian/{name}@{version}?arch={architecture}")


def loaded():
    yield debian("libevent-core-2.1-7", "BSD-3-Clause", "DYNAMIC_LINK")
    yield debian("libyaml-0-2", "MIT", "DYNAMIC_LINK")
    yield debian("libc6", "LGPL-2.1-or-later", "DYNAMIC_LINK")


def main():
    program, version, epoch = sys.argv[1:]
    digest = hashlib.sha256(pathlib.Path(program).read_bytes()).hexdigest()
    main_package, _ = package("privatelinkd", version, "Apache-2.0", None, f"pkg:deb/privatelinkd@{version}")
    main_package["checksums"] = [{"algorithm": "SHA256", "checksumValue": digest}]
    main_package["primaryPackagePurpose"] = "APPLICATION"
    parts = [*linked(), *loaded()]
    document = {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"privatelinkd-{version}", "documentNamespace": f"https://spdx.org/spdxdocs/privatelinkd-{version}-{digest}",
        "creationInfo": {
            "created": datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": ["Tool: privatelinkd-scripts-package"]},
        "packages": [main_package] + [entry for entry, _ in parts],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": main_package["SPDXID"]}]
        + [{"spdxElementId": main_package["SPDXID"], "relationshipType": relation,
            "relatedSpdxElement": entry["SPDXID"]} for entry, relation in parts],
    }
    print(json.dumps(document, indent=1, sort_keys=True))


main()
