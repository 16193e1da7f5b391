"""How often a comparison calls methods different that are equal, and finds those that are not.

    python -m benchmarks.proven [--runs N]

Graded answers of methods whose true quality is known go through the comparison's own statistics, 100 questions a run;
no model is asked, and it takes two minutes. What it should print: of equal methods one is called worse in 5 % of the
runs at most.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from tuning import metrics

QUESTIONS, TOGETHER = 100, 5  # in a run, and in one conversation where they hang together
EQUAL, BETTER = 0.65, 0.80  # shares of questions that a method answers rightly
COMMON, OWN = 0.7, 0.6  # what makes a question hard for all methods, and a conversation for one of them
Methods = dict[str, list[float]]


def graded(seed: int, shares: Sequence[float], conversations: int, of_each: int = 1) -> Methods:
    """Whether each answer is right: some questions are hard for every method, and conversations are of one subject."""
    chance = np.random.default_rng(seed)

    def of_conversations() -> NDArray[np.float64]:
        return np.repeat(chance.normal(size=conversations), of_each)

    hard = of_conversations()
    methods = {}
    for number, share in enumerate(shares):
        drawn, left = COMMON * hard, 1 - COMMON**2
        if of_each > 1:
            drawn, left = drawn + OWN * of_conversations(), left - OWN**2
        drawn = drawn + np.sqrt(left) * chance.normal(size=len(hard))
        methods[f"method {number}"] = (drawn < NormalDist().inv_cdf(share)).astype(float).tolist()
    return methods


def worse(methods: Methods, together: Sequence[int] | None = None) -> tuple[str, list[str]]:
    """The best, and who a comparison calls worse."""
    best = max(methods, key=lambda name: sum(methods[name]))
    found = metrics.against_best(methods, best, together=together)
    return best, [
        name
        for name, p in found.items()
        if p < metrics.ALPHA and metrics.paired(methods[name], methods[best], together=together).high < 0
    ]


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted.add_argument("--runs", type=int, default=200)
    runs = range(wanted.parse_args().runs)
    trials = [number // TOGETHER for number in range(QUESTIONS)]
    table = Table("methods", "what is counted", f"of {len(runs)}")

    def add(methods: str, counted: str, holds: Callable[[int], bool]) -> None:
        table.add_row(methods, counted, str(sum(map(holds, runs))))

    for count in (2, 3, 5, 9):
        add(
            f"{count} equal",
            "any called worse",
            lambda run, n=count: bool(worse(graded(run, [EQUAL] * n, QUESTIONS))[1]),
        )
    for count in (2, 5):
        shares = [BETTER] + [EQUAL] * (count - 1)
        found = [worse(graded(run, shares, QUESTIONS)) for run in runs]
        named = f"{BETTER:g} beside {count - 1} of {EQUAL:g}"
        add(
            named,
            "all others called worse",
            lambda run, f=found, n=count: f[run][0] == "method 0" and len(f[run][1]) == n - 1,
        )
        add(named, "some called worse", lambda run, f=found: f[run][0] == "method 0" and bool(f[run][1]))
        add(named, "the best itself called worse", lambda run, f=found: "method 0" in f[run][1])
    pairs = [graded(run, [EQUAL] * 2, QUESTIONS // TOGETHER, TOGETHER) for run in runs]
    for how, grouped in (("as if each stood alone", None), ("by conversation", trials)):
        named = f"2 equal, {QUESTIONS // TOGETHER} conversations of {TOGETHER}, {how}"
        intervals = [metrics.bootstrap(pair["method 0"], together=grouped) for pair in pairs]
        add(named, "any called worse", lambda run, g=grouped: bool(worse(pairs[run], g)[1]))
        add(named, "95 % interval holds the truth", lambda run, i=intervals: i[run].low <= EQUAL <= i[run].high)
    Console().print(table)


if __name__ == "__main__":
    main()
