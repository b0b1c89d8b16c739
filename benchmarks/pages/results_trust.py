"""Sections of RESULTS.md about runs that one can rely on: size, kills, repetition, prediction, broken input."""

from __future__ import annotations

from collections import Counter

from .results_parts import grid


def large(read, plots):
    """20,000 rows."""
    run = read["run"]
    report, predict, scores = run["report"], run["predict"], run["scores"]
    stages = {stage: f"{seconds:,.0f}" for stage, seconds in run["seconds per stage"].items()}
    painted = report.get("seconds to a painted page, browser started anew")
    opened = (
        "not opened, for want of a browser"
        if painted is None
        else f"drawn, map included, {report['seconds from opening to the map drawn']:.1f} s after it is opened (on a "
        f"screenshot {painted['report']:.1f} s after the browser's own start, an empty page {painted['empty page']:.1f} s)"
    )
    return "\n\n".join(
        [
            f"## {run['rows']:,} rows\n\n`python -m benchmarks large DATA`: banking77_large and clinc_large, "
            f"k = {run['k']}, default settings. {run['seconds'] / 60:.0f} minutes in all, at most "
            f"{run['peak GiB']:.1f} GiB, a run folder of {run['folder MB']:,.0f} MB. The report has "
            f"{report['MB']:.1f} MB and is {opened}. `predict` gives the whole table "
            f"{'the same labels' if predict['same labels'] else 'OTHER LABELS'} in {predict['seconds']:.0f} s.",
            grid([f"{stage}, s" for stage in stages], [stages.values()]),
            grid(
                ["one seed", "ACC", "NMI", "ARI"],
                [[name, *(f"{row[m]:.3f}" for m in ("acc", "nmi", "ari"))] for name, row in scores.items()],
            ),
        ]
    )


def predict_agrees(read, plots):
    """`predict` beside the fit."""
    rows = [
        [
            name,
            f"{row['rows']:,}",
            len(row["criteria"]),
            row["rounds"],
            "yes" if row["same labels"] else "**NO**",
            f"{row['one at a time differs from batch']} of {row['rows as new'] * len(row['criteria'])}",
            ", ".join(f"{share:.2f}" for share in row["same as the run's label"]),
        ]
        for name, row in read.items()
    ]
    return (
        "## `predict` and the fit\n\n`python -m benchmarks predict_agrees DATA`. *Same*: `localcluster predict RUN "
        "SET` gives every row of the set the label that it has in the run. It remembers them; so, as if they were new, "
        "some rows are read again in batch and one at a time (*differ*: labels that are not the same then), and the "
        "head's labels compared with the run's (*head*: share that is the same, per criterion).\n\n"
        + grid(["set", "rows", "criteria", "rounds", "same", "differ", "head"], rows)
    )


def kill_scripted(read, plots):
    """Kills at moments of all kinds."""
    reached, kills = read["kills by the last stage on the disk"], read["kills"]
    kinds = Counter(row["kind"] for row in kills)
    where = ", ".join(f'{count} after "{stage}"' for stage, count in reached.items())
    return (
        f"## Killed and continued\n\n`python -m benchmarks kill_scripted`: {len(kills)} runs with the scripted model, "
        f"kill -9 at random moments ({', '.join(f'{count} at a {kind}' for kind, count in kinds.items())}; {where}), "
        f"then continued. Labels, confidences, names, evidence, table or stored answers differ from the uninterrupted "
        f"run's in **{len(read['runs that differ'])}**; no question was asked twice, nothing half-written was left."
    )


def kill_resume(read, plots):
    """Kills of the real model's run."""
    kills, runs = read["kills"], read["runs"]
    same = sum(all(value is not False for value in row.values()) for row in runs)
    twice = sum(row["questions asked twice"] for row in runs)
    reached = Counter(row["stage"] for row in kills)
    where = ", ".join(f'{count} after "{stage}"' for stage, count in reached.items())
    return (
        f"`python -m benchmarks kill_resume examples/reviews.csv`, the same with the starter models (`{read['command']}`, "
        f"{read['uninterrupted']['seconds_after_loading']:.0f} s): {len(kills)} kills ({where}) of {len(runs)} runs; "
        f"{same} of {len(runs)} ended as the uninterrupted run did, {twice} questions were asked twice."
    )


def determinism(read, plots):
    """Repetition."""
    same = read["processes"]["same"]
    agree = ", ".join(name for name, value in same.items() if value)
    differ = ", ".join(name for name, value in same.items() if not value)
    rows = [
        [f"{chunk} rows per call of the model", *found.values()]
        for chunk, found in read["rows per call"].items()
    ]
    rows += [[f"rows in another order, {n}", *found.values()] for n, found in enumerate(read["orders"], 1)]
    return (
        f"## The same again\n\n`python -m benchmarks determinism examples/reviews.csv`: `{read['command']}`, "
        f"{read['rows']} rows, {read['processes']['number']} processes with hash seeds of their own. Identical: {agree}"
        f"{f'; **different: {differ}**' if differ else ''}. Against the first process:\n\n"
        + grid(["", "rows with the same label", "adjusted Rand index"], rows)
    )


def fuzz(read, plots):
    """Broken input."""
    rows = []
    for name, row in read["readers"].items():
        refused = sum(count for end, count in row["ended"].items() if end.startswith("refused"))
        rows.append([name, f"{row['inputs']:,}", f"{row['ended'].get('read', 0):,}", f"{refused:,}"])
    return (
        f"## Broken input\n\n`python -m benchmarks fuzz_readers`: {read['inputs']:,} generated files; "
        f"{read['findings']} errors outside `LocalClusterError`.\n\n"
        + grid(["reader", "files", "read", "refused"], rows)
    )
