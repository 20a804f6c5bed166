"""What a job measured, and the comparisons that count: medians of ratios taken in the same round."""

import dataclasses
import statistics

MORE, LESS = "more", "less"


@dataclasses.dataclass
class Figure:
    """One thing measured: `better` says whether more or less of it is."""

    key: str
    title: str
    unit: str = ""
    better: str = LESS
    decimals: int = 2

    def show(self, value):
        if value is None:
            return "-"
        return f"{value:,.{self.decimals}f}".replace(",", " ")


@dataclasses.dataclass
class Bound:
    """What is to be reached: at most (or at least) `limit`, times the reference's figure where
    `relative`.
    """

    figure: str
    limit: float
    relative: bool = False
    least: bool = False

    def text(self):
        word = "at least" if self.least else "at most"
        return f"{word} {self.limit:g}" + (" x the C reference" if self.relative else "")


class Result:
    """The samples of one job: for each server and figure, one value per round (None where a round
    failed).
    """

    def __init__(
        self, name, title, figures, bounds=(), reference=None, ours="privatelinkd", sizes=False
    ):
        self.name, self.title = name, title
        self.sizes = sizes  # whether a row is a size of one server instead of a server
        self.figures, self.bounds = list(figures), list(bounds)
        self.reference, self.ours = reference, ours
        self.samples = {}
        self.notes = []

    def add(self, server, **values):
        row = self.samples.setdefault(server, {})
        for key, value in values.items():
            row.setdefault(key, []).append(value)

    def note(self, text):
        if text not in self.notes:
            self.notes.append(text)

    def values(self, server, key):
        return [value for value in self.samples.get(server, {}).get(key, []) if value is not None]

    def median(self, server, key):
        values = self.values(server, key)
        return statistics.median(values) if values else None

    def ratio(self, server, other, key):
        """The median over the rounds of this server's figure to the other's in the same round."""
        mine = self.samples.get(server, {}).get(key, [])
        theirs = self.samples.get(other, {}).get(key, [])
        pairs = [a / b for a, b in zip(mine, theirs) if a is not None and b]
        return statistics.median(pairs) if pairs else None

    def peers(self):
        return [
            name
            for name in self.samples
            if not name.startswith(self.ours) and not name.startswith("C ")
        ]

    def best_peer(self, figure):
        found = [(self.median(name, figure.key), name) for name in self.peers()]
        found = [pair for pair in found if pair[0] is not None]
        if not found:
            return None
        return (max if figure.better == MORE else min)(found)[1]

    def verdicts(self):
        """For each bound: its figure, what was reached, and whether that is enough."""
        for bound in self.bounds:
            figure = next(figure for figure in self.figures if figure.key == bound.figure)
            if bound.relative:
                reached = self.ratio(self.ours, self.reference, bound.figure)
            else:
                reached = self.median(self.ours, bound.figure)
            if reached is None:
                yield bound, figure, None, False
            else:
                enough = reached >= bound.limit if bound.least else reached <= bound.limit
                yield bound, figure, reached, enough

    def to_json(self):
        return {
            "name": self.name,
            "title": self.title,
            "figures": [dataclasses.asdict(figure) for figure in self.figures],
            "bounds": [dataclasses.asdict(bound) for bound in self.bounds],
            "reference": self.reference,
            "ours": self.ours,
            "sizes": self.sizes,
            "samples": self.samples,
            "notes": self.notes,
        }

    @staticmethod
    def from_json(stored):
        result = Result(
            stored["name"],
            stored["title"],
            [Figure(**figure) for figure in stored["figures"]],
            [Bound(**bound) for bound in stored["bounds"]],
            stored["reference"],
            stored["ours"],
            stored["sizes"],
        )
        result.samples, result.notes = stored["samples"], stored["notes"]
        return result
