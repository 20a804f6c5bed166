"""How the cost of an answer grows: with workers, records, links, cached names and clients.

Each row is one size; the C reference is measured beside it in the same rounds, since more clients
cost the kernel more whatever the server does.
"""

from . import peers, processes
from .data import Registries, other_names
from .jobs_load import COST, fill_cache, saturate
from .results import Figure, Result
from .servers import Scene

RATIO = Figure("ratio", "cost to the C reference", "x")


def growth(run):
    result = Result("growth", "growth of the cost of an answer", [COST, RATIO], sizes=True)
    result.note("The second worker shares its core with the load.")
    for number in (1, 2):
        workers(run, result, number)
    for number in sizes(run, (10, 1000, 100_000, 1_000_000)):
        records(run, result, number)
    for number in (1, 100, 10_000):
        links(run, result, number)
    for number in sizes(run, (1000, 10_000, 100_000, 1_000_000)):
        cached(run, result, number)
    for number in (1, 10, 100, 1000):
        clients(run, result, number)
    return result


def sizes(run, numbers):
    return [number for number in numbers if number <= run.large]


def show(number):
    return f"{number:,}".replace(",", " ")


def measure(run, result, title, scene, questions, warm=0, cores=None):
    kinds = [peers.Reference, peers.PrivateLinkDaemon]
    inner = Result(f"growth-{title.replace(' ', '-')}", title, [COST])
    with run.servers(inner, kinds, scene, questions, cores=cores) as servers:
        for server in list(servers):
            if warm and server.ours:
                fill_cache(run, inner, servers, server, questions, warm)
        run.rounds(
            inner, servers, lambda server: {"cost": saturate(run, server, questions)["cost"]}
        )
    reference = inner.samples.get("C reference", {}).get("cost", [])
    for mine, other in zip(inner.samples.get("privatelinkd", {}).get("cost", []), reference):
        result.add(title, cost=mine, ratio=mine / other)
    result.notes += [note for note in inner.notes if note not in result.notes]


def local_questions(registries):
    return ["--names", registries.questions(), "--answers", 2]


def workers(run, result, number):
    registries = Registries(1000, run.data)
    cores = {processes.SERVER_CORE} if number == 1 else {processes.SERVER_CORE, processes.LOAD_CORE}
    scene = Scene(registries, workers=number)
    title = "1 worker" if number == 1 else f"{number} workers"
    measure(run, result, title, scene, local_questions(registries), cores=cores)


def records(run, result, number):
    registries = Registries(number, run.data)
    measure(run, result, f"{show(number)} records", Scene(registries), local_questions(registries))


def links(run, result, number):
    registries = Registries(1000, run.data)
    title = f"{show(number)} link" + ("s" if number > 1 else "")
    measure(
        run, result, title, Scene(registries, extra_links=number - 1), local_questions(registries)
    )


def cached(run, result, number):
    questions = ["--names", other_names(number, run.data)]
    with run.standin() as port:
        scene = Scene(Registries(1000, run.data), [port], cache_entries=number, cache_size="1GiB")
        measure(run, result, f"{show(number)} cached names", scene, questions, warm=number)


def clients(run, result, number):
    registries = Registries(1000, run.data)
    window = max(1, min(192 // number, 192))
    questions = [*local_questions(registries), "--clients", number, "--window", window, "--spread"]
    title = f"{show(number)} client" + ("s" if number > 1 else "")
    measure(run, result, title, Scene(registries), questions)
