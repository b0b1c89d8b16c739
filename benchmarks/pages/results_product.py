"""Sections of RESULTS.md about the product as it stands: the default on whole sets, and its speed."""

from __future__ import annotations

from ..lib.record import earlier
from ..quality.default_table import render
from .results_parts import grid


def default(read, plots):
    """Whole sets, k given."""
    roles = {
        role: [name for name, r in read.items() if r["task"]["role"] == role] for role in ("shaped", "judged")
    }
    return (
        "## The default on whole sets\n\n`python -m benchmarks default_table DATA`: no question to the model, k given, at "
        "most 3,000 rows of a judging set. ACC ± sd / NMI / ARI; *10 starts* is k-means with ten, ACC; *hindsight* the best "
        "candidate partition by the labels, *regret* how far below it the default is. An sd of 0: the chosen partition has no "
        f"random start. Sets that shaped the rule of the choice: {', '.join(roles['shaped'])}. Sets that judge it: "
        f"{', '.join(roles['judged'])} ([more](README.md#what-shaped-the-rule-and-what-judges-it)).\n\n{render(read)}\n\n"
        "For two criteria on the same rows the last lines say whether each clustering follows its own. "
        f"{earlier(read)}".rstrip()
    )


def throughput(read, plots):
    """Answers and hidden states per second."""
    about, rows = read["machine"], []
    names = {"score": "triplet questions", "states": "hidden states"}
    ways = {"plain": "loop over `llama_cpp.Llama`", "gguf": "through llama.cpp", "hf": "through transformers"}
    for task, found in read["results"].items():
        for way, told in ways.items():
            rate = found.get(way, {}).get("per_second")
            times = rate / found["plain"]["per_second"] if rate and "per_second" in found["plain"] else None
            cells = ["" if rate is None else f"{rate:.1f}", "" if times is None else f"{times:.1f}"]
            rows.append([names[task], told, *cells])
    return (
        f"## Speed\n\n`python -m benchmarks throughput MODEL.gguf --plain 24`: {read['model']} on {about['cores']} cores of "
        f"{about['cpu']}{' with bf16' if about.get('bf16') else ''}; loading is not timed. llama.cpp is bound by arithmetic there.\n\n"
        + grid(["what", "how", "per second", "times the plain loop"], rows)
    )
