"""Writes the manual pages: of the programs, from what their argument parser says of itself, and of the settings file,
from docs/settings.md, which is made from the table of keys.

    manual.py PROGRAMS DIRECTORY VERSION DATE
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SETTINGS = "/etc/privatelinkd/privatelinkd.yaml"


def escaped(text):
    """Plain text as roff reads it."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("^", "\\(ha")
    text = text.replace("~", "\\(ti").replace("`", "\\(ga")
    return re.sub(r"^([.'])", r"\\&\1", text, flags=re.MULTILINE)


def marked(text):
    """Text of Markdown: code in bold, emphasis in italics."""
    parts = re.split(r"(`[^`]+`|\*[^*]+\*)", text)
    return "".join(
        f"\\fB{escaped(part[1:-1])}\\fR" if part.startswith("`") and len(part) > 1
        else f"\\fI{escaped(part[1:-1])}\\fR" if part.startswith("*") and len(part) > 1
        else escaped(part) for part in parts)


class Page:
    def __init__(self, name, section, summary, version, date):
        self.lines = [
            f'.TH {name.upper()} {section} {date} "privatelinkd {version}" "privatelinkd"',
            ".nh", ".ad l", ".SH NAME", f"{escaped(name)} \\- {escaped(summary)}"]

    def section(self, title):
        self.lines.append(f".SH {title}")

    def subsection(self, title):
        self.lines.append(f'.SS "{escaped(title)}"')

    def text(self, text):
        self.lines += [".PP", marked(text)]

    def tagged(self, tag, text):
        self.lines += [".TP", tag, text]

    def write(self, path):
        path.write_text("\n".join(self.lines) + "\n", encoding="utf-8")


def summary_of(command):
    return command.get("abstract", "").rstrip(".").replace("`", "")


def spelled(argument):
    """The argument as one types it."""
    if argument["kind"] == "positional":
        return f"\\fI{escaped(argument['valueName'])}\\fR"
    names = [("-" if name["kind"] == "short" else "--") + name["name"]
             for name in sorted(argument["names"], key=lambda name: name["kind"] != "short")]
    text = ", ".join(f"\\fB{escaped(name)}\\fR" for name in names)
    return text + (f" \\fI{escaped(argument['valueName'])}\\fR" if argument["kind"] == "option" else "")


def synopsis(words, command):
    parts = [f"\\fB{escaped(' '.join(words))}\\fR"]
    for argument in arguments(command):
        text = spelled(argument).split(", ")[-1] if argument["kind"] != "positional" else spelled(argument)
        if argument["isRepeating"]:
            text += " ..."
        parts.append(f"[{text}]" if argument["isOptional"] else text)
    if subcommands(command):
        parts.append("\\fIcommand\\fR")
    return " ".join(parts)


def arguments(command):
    return [argument for argument in command.get("arguments", [])
            if argument["shouldDisplay"] and argument["valueName"] not in ("help", "version")]


def subcommands(command):
    return [one for one in command.get("subcommands", []) if one["shouldDisplay"] and one["commandName"] != "help"]


def describe(page, command):
    for argument in arguments(command):
        text = escaped(argument.get("abstract", ""))
        if argument.get("defaultValue"):
            text += f" Default: {escaped(argument['defaultValue'])}."
        page.tagged(spelled(argument), text)


def commands(page, command, words, shared):
    """A subsection for each command that does something; what all share is said once."""
    for one in subcommands(command):
        name = words + [one["commandName"]]
        if subcommands(one):
            commands(page, one, name, shared)
            continue
        own = dict(one, arguments=[a for a in arguments(one) if spelled(a) not in shared])
        page.subsection(" ".join(name[1:]))
        page.lines += [".PP", synopsis(name, own), ".br", escaped(one.get("abstract", ""))]
        if one.get("discussion"):
            page.text(one["discussion"])
        describe(page, own)


def program_page(programs, name, version, date, directory):
    dump = subprocess.run([programs / name, "--experimental-dump-help"], capture_output=True, check=True)
    command = json.loads(dump.stdout)["command"]
    page = Page(name, 8, summary_of(command), version, date)
    page.section("SYNOPSIS")
    page.lines.append(synopsis([name], command))
    page.section("DESCRIPTION")
    page.text(command["abstract"])
    if command.get("discussion"):
        page.text(command["discussion"])
    page.section("OPTIONS")
    describe(page, command)
    page.tagged("\\fB\\-\\-version\\fR", "Show the version.")
    page.tagged("\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show help.")
    if subcommands(command):
        page.section("COMMANDS")
        commands(page, command, [name], {spelled(argument) for argument in arguments(command)})
    return page


def daemon_page(*where):
    page = program_page(where[0], "privatelinkd", *where[1:])
    page.section("SIGNALS")
    page.tagged("SIGHUP", "Reload the settings and the zones.")
    page.tagged("SIGTERM, SIGINT", "Answer what is pending within stop.grace, and end; a second one ends at once.")
    page.tagged("SIGUSR1", "Log the statistics.")
    page.section('"EXIT STATUS"')
    page.lines += [".PP", "0 after SIGTERM or SIGINT, 2 for a wrong command line, 78 for wrong settings, 1 for all else;",
                   "\\fB\\-\\-check\\-config\\fR: 0 or 1."]
    page.section("FILES")
    page.tagged(SETTINGS, "The settings, \\fBprivatelinkd.yaml\\fR(5).")
    page.tagged("/etc/privatelinkd/zones", "The zones: files named \\fIORIGIN\\fR.zone.")
    page.tagged("/var/lib/privatelinkd", "The last good copies of the zones.")
    page.tagged("/run/privatelinkd/control.sock", "The socket that \\fBprivatelinkctl\\fR(8) asks.")
    see_also(page, "privatelinkctl(8)", "privatelinkd.yaml(5)")
    return page


def see_also(page, *pages):
    page.section('"SEE ALSO"')
    page.lines.append(", ".join(f"\\fB{one[:-3]}\\fR{one[-3:]}" for one in pages))


def settings_page(version, date):
    page = Page("privatelinkd.yaml", 5, "settings of privatelinkd", version, date)
    page.section("DESCRIPTION")
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    for block in text.split("\n\n"):
        block = block.strip()
        if block.startswith("The settings file is YAML"):
            page.text("The settings file is YAML.")
        elif block.startswith("## "):
            page.section(f'"{escaped(block[3:].replace("`", "").upper())}"')
        elif block.startswith("|"):
            settings_rows(page, block)
        elif not block.startswith("# "):
            page.text(" ".join(block.split("\n")).replace("this table", "this page"))
    see_also(page, "privatelinkd(8)", "privatelinkctl(8)")
    return page


def settings_rows(page, block):
    rows = [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for line in block.split("\n")]
    head = rows[0]
    if "change" in head:
        page.section("KEYS")
    for row in rows[2:]:
        cells = dict(zip(head, row))
        facts = f"Value: {marked(cells['value'])}. Default: {marked(cells['default'])}."
        if "change" in cells:
            facts += f" A change takes effect with the next {escaped(cells['change'])}."
        page.tagged(marked(cells["key"]), f"{marked(cells['meaning'])}\n.br\n{facts}")


def main():
    programs, directory, version, date = sys.argv[1:]
    programs, directory = pathlib.Path(programs).resolve(), pathlib.Path(directory)
    where = programs, version, date, directory
    daemon_page(*where).write(directory / "privatelinkd.8")
    page = program_page(programs, "privatelinkctl", version, date, directory)
    see_also(page, "privatelinkd(8)", "privatelinkd.yaml(5)")
    page.write(directory / "privatelinkctl.8")
    settings_page(version, date).write(directory / "privatelinkd.yaml.5")


main()
