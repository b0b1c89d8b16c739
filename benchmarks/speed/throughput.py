"""Answers and hidden states per second: both engines against the loop a newcomer writes.

    python -m benchmarks throughput MODEL.gguf

Every contender runs in a process of its own (a plain `Llama()` crashes on CPUs with AMX, which must
not end the benchmark), loads the model, warms up, and is timed without the loading. The newcomer's
loops ask one text at a time, are slow, and are timed on `--plain` of the same prompts; rates are
compared. Writes benchmarks/results/throughput.json.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from localcluster.backends.base import Item, Prompt

from ..lib.record import RESULTS, command_of

RESULT = RESULTS / "throughput.json"
CONTENDERS = ("plain", "gguf", "hf")
NAMES = {
    "plain": "plain loop over llama_cpp.Llama",
    "plain, no extra buffers": "plain loop, made not to crash",
    "gguf": "localcluster, gguf engine",
    "hf": "localcluster, hf engine",
}
CHOICES = ("Choice 1", "Choice 2")
TRIPLET = "Select the choice that has the same sentiment as the query.\n\nQuery: "
END = "\n\nPlease respond with 'Choice 1' or 'Choice 2'."
ASKED = "What is the sentiment of the following text?\n\n"
BEGUN = "The sentiment of this text is"
_LIKED = ("loved", "enjoyed", "was glad to have", "would gladly buy again", "keep telling friends about")
_DISLIKED = ("hated", "regret buying", "sent back", "was disappointed by", "cannot recommend")
_THINGS = ("phone", "film", "restaurant", "charger", "novel", "hotel room", "headset", "pizza", "camera bag")
_MORE = (
    "The staff answered every question within a day.",
    "After two weeks of daily use it still works as described.",
    "It arrived late and the box was open.",
    "For this price there are better ones.",
    "The second half was much slower than the first.",
    "My sister bought the same one and says so too.",
    "I will come back next month to see whether it has changed.",
)


def reviews(n: int) -> list[str]:
    """Texts like short reviews, 10 to 60 words, the same in every process."""
    rng = random.Random(0)
    return [
        f"I {rng.choice(_LIKED + _DISLIKED)} this {rng.choice(_THINGS)}. "
        + " ".join(rng.sample(_MORE, rng.randrange(1, 5)))
        for _ in range(n)
    ]


def triplets(n: int) -> list[Prompt]:
    texts = reviews(3 * n)
    return [
        Prompt.ask(
            TRIPLET, Item(a), "\nChoice 1: ", Item(b), "\nChoice 2: ", Item(c), END
        )
        for a, b, c in zip(texts[::3], texts[1::3], texts[2::3], strict=True)
    ]  # fmt: skip


def questions(n: int) -> list[Prompt]:
    return [Prompt.ask(ASKED, Item(text), answer=BEGUN) for text in reviews(n)]


def plain_text(prompt: Prompt) -> str:
    return "\n".join(
        "".join(p if isinstance(p, str) else p.text or "" for p in t.parts) for t in prompt.turns
    )


def newcomer(path: Path, task: str) -> Callable[[list[Prompt]], object]:
    """What the first page of llama-cpp-python's documentation suggests."""
    from llama_cpp import Llama

    llama = Llama(model_path=str(path), n_ctx=1024, embedding=task == "states", verbose=False)
    if task == "states":
        return lambda prompts: [llama.embed(plain_text(prompt)) for prompt in prompts]
    return lambda prompts: [
        llama.create_chat_completion(
            [{"role": "user", "content": plain_text(prompt)}], max_tokens=4, temperature=0.0
        )
        for prompt in prompts
    ]


def without_extra_buffers() -> None:
    """What keeps `Llama()` from crashing on AMX (ggml-org/llama.cpp#20824); it has no argument for it."""
    import llama_cpp

    defaults = llama_cpp.llama_model_default_params

    def patched():
        params = defaults()
        params.use_extra_bufts = False
        return params

    llama_cpp.llama_model_default_params = patched


def ours(path: Path, engine: str, task: str) -> Callable[[list[Prompt]], object]:
    if engine == "gguf":
        from localcluster.backends.gguf.model import GGUFModel

        model = GGUFModel(path)
    else:
        from localcluster.backends.hf import HFModel

        model = HFModel(path)
    if task == "states":
        return lambda prompts: model.hidden_states(prompts, [model.info.n_layers])
    return lambda prompts: model.score(prompts, [CHOICES] * len(prompts))


def measure(path: Path, contender: str, task: str, n: int) -> dict[str, float]:
    """Time one contender in this process."""
    if contender == "plain, no extra buffers":
        without_extra_buffers()
    run = newcomer(path, task) if contender.startswith("plain") else ours(path, contender, task)
    prompts = triplets(n) if task == "score" else questions(n)
    run(prompts[:3])
    # A fresh order of the same kind of prompts: nothing that the warm-up left in a cache may help.
    start, cpu = time.perf_counter(), time.process_time()
    run(prompts)
    seconds = time.perf_counter() - start
    return {
        "items": n,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(time.process_time() - cpu, 2),
        "per_second": round(n / seconds, 3),
    }


def in_child(path: Path, contender: str, task: str, n: int) -> dict[str, object]:
    """The same in a child process, which may crash."""
    command = command_of("throughput", str(path), "--only", contender, "--task", task, "--items", str(n))
    child = subprocess.run(command, capture_output=True, text=True, check=False)
    if child.returncode != 0:
        return {"crashed": child.returncode, "why": child.stderr.strip()[-300:].replace(str(path), path.name)}
    found: dict[str, object] = json.loads(child.stdout.strip().splitlines()[-1])
    return found


def machine() -> dict[str, object]:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    flags = next((line.split() for line in lines if line.startswith("flags")), [])
    packages = ("torch", "transformers", "llama-cpp-python", "numpy")
    return {
        "cpu": model or platform.processor(),
        "cores": os.cpu_count(),
        "bf16": sorted(set(flags) & {"avx512_bf16", "amx_bf16"}),
        "load_at_start": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def show(results: dict[str, dict[str, dict[str, object]]], console: Console) -> None:
    table = Table("what", "who", "items timed", "items/s", "times the plain loop")
    for task, label in (("score", "triplet questions"), ("states", "hidden states")):
        rates = {who: r.get("per_second") for who, r in results[task].items()}
        base = rates.get("plain") or rates.get("plain, no extra buffers")
        for who, result in results[task].items():
            rate = result.get("per_second")
            if not isinstance(rate, float):
                table.add_row(label, NAMES[who], "-", f"crashed ({result['crashed']})", "-")
                continue
            ratio = f"{rate / base:.1f}" if isinstance(base, float) else "-"
            table.add_row(label, NAMES[who], str(result["items"]), f"{rate:.2f}", ratio)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, help="a GGUF file")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--states", type=int, default=2000)
    parser.add_argument("--plain", type=int, default=40, help="prompts that the plain loops are timed on")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--task", help=argparse.SUPPRESS)
    parser.add_argument("--items", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        print(json.dumps(measure(options.model, options.only, options.task, options.items)))
        return
    console = Console(stderr=True)
    device = machine()
    results: dict[str, dict[str, dict[str, object]]] = {"score": {}, "states": {}}
    for task, n in (("score", options.questions), ("states", options.states)):
        for contender in CONTENDERS:
            items = min(options.plain, n) if contender == "plain" else n
            found = in_child(options.model, contender, task, items)
            results[task][contender] = found
            if contender == "plain" and "crashed" in found:
                safe = "plain, no extra buffers"
                results[task][safe] = in_child(options.model, safe, task, items)
            console.print(f"{task} {contender}: {found}")
    document = {
        "model": options.model.name,
        "machine": device,
        "note": "Rates are compared; the plain loop is timed on fewer prompts. Loading is not timed. "
        "A load above 0 at the start means that others used the machine too.",
        "results": results,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=2) + "\n")
    show(results, Console())
