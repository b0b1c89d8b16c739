"""Fit the constants of confidence and of what fits nowhere: python scripts/confidence/fit.py POOL.

POOL is a folder of labelled texts by many criteria (scripts/confidence/pool.py names the sets); none of
them is in a benchmark. Each set is clustered with k given, with and without language model; a row is right
where its cluster, matched one to one with the classes, is its class. What is printed belongs in
localcluster/confidence/calibration.py and nowhere.py. Readings are kept, so that a second call takes minutes.
"""

from __future__ import annotations

import argparse
import pickle
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment, minimize

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from pool import TRAPS
from read import CACHE, every

from benchmarks.lib.record import limited
from localcluster.confidence.estimate import features_of
from localcluster.confidence.features import ROW_FEATURES, SET_FEATURES
from localcluster.confidence.nowhere import SIGNS, empty, signs_of, surveyed
from localcluster.config import RunConfig
from localcluster.items.item import Item
from localcluster.models import load_models
from localcluster.offline import go_offline
from localcluster.partition import fit_partition
from localcluster.partition.fit import fused_vectors

SEEDS = (0, 1)
#: Strength of the ridge, per set.
ROW_RIDGE, SET_RIDGE = 0.002, 0.0001


def right(labels, truth):
    """Which rows stand in the cluster that is matched with their class."""
    table = np.zeros((labels.max() + 1, truth.max() + 1), int)
    np.add.at(table, (labels, truth), 1)
    rows, columns = linear_sum_assignment(-table)
    match = np.full(len(table), -1)
    match[rows] = columns
    return match[labels] == truth


def collect(pool, models, cache, kept_only):
    """Per set and way of reading: features with rightness, and signs with nonsense."""
    confidence, strange = [], []
    for drawn, read in every(pool, models, cache, kept_only):
        n, bad = len(drawn.texts), len(drawn.bad)
        for alone in (True, False):
            if not alone and read.states is None:
                continue
            views = read.views(np.arange(n))[: 1 if alone else None]
            for seed in SEEDS:
                partition = fit_partition(views, drawn.k, seed)
                features = features_of(views, partition, seed)
                hit = right(partition.labels, drawn.labels)
                confidence.append((drawn.name, alone, features.rows, features.whole, hit))
            strange += signs(drawn, read, alone, np.arange(n), np.arange(n, n + bad))
        print(f"{drawn.name}: {np.mean(confidence[-1][4]):.2f} right", flush=True)
    return confidence, strange


def signs(drawn, read, alone, real, bad):
    """Signs of rows of a run with nonsense in it, and of new rows beside a run without."""
    items = [Item(text) for text in read.texts]

    def vectors_of(rows):
        views = read.views(rows)[: 1 if alone else None]
        weights = fit_partition(views, drawn.k, 0).selection.chosen.weights
        return views, weights

    run = np.concatenate([real, bad])
    views, weights = vectors_of(run)
    around, raw = surveyed([items[i] for i in run], fused_vectors(views, weights), 0)
    blank = empty([items[i] for i in run])
    found = [(drawn.name, alone, "run", around.standardized(raw)[~blank], (run >= len(real))[~blank])]
    held = real[::5]
    kept = np.setdiff1d(real, held)
    views, weights = vectors_of(kept)
    around, _ = surveyed([items[i] for i in kept], fused_vectors(views, weights), 0)
    new = np.concatenate([held, np.arange(len(real) + len(bad), len(items))])
    vectors = fused_vectors(read.like(views, new), weights)
    raw = signs_of([items[i] for i in new], vectors, around.commonness, around.reference)
    blank = empty([items[i] for i in new])
    found.append((drawn.name, alone, "new", around.standardized(raw)[~blank], (new >= len(real))[~blank]))
    return found


def logistic(parts, ridge, low):
    """Weights of a logistic regression in which every part counts the same; ``low`` bounds each weight."""
    x = np.concatenate([np.column_stack([np.ones(len(a)), a]) for a, _ in parts])
    y = np.concatenate([b for _, b in parts]).astype(float)
    weight = np.concatenate([np.full(len(b), 1 / len(b)) for _, b in parts]) / len(parts)
    ridge, low = np.concatenate([[0], ridge]), [-np.inf, *low]

    def loss(w):
        z = x @ w
        p = 1 / (1 + np.exp(-z))
        value = (weight * (np.logaddexp(0, z) - y * z)).sum() + (ridge * w**2).sum()
        return value, x.T @ (weight * (p - y)) + 2 * ridge * w

    bounds = [(None if not np.isfinite(b) else b, None) for b in low]
    return minimize(loss, np.zeros(x.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B").x


def ece(p, hit, bins=10):
    """Expected calibration error over bins of equal width."""
    at = np.minimum((p * bins).astype(int), bins - 1)
    return sum(abs(p[at == b].mean() - hit[at == b].mean()) * (at == b).mean() for b in np.unique(at))


def confidence_weights(parts, chosen):
    # Clearer and steadier is never less believable, of a row and of a whole.
    free = [not SET_FEATURES[place].startswith("mean") for place in chosen]
    low = [0.0] * len(ROW_FEATURES) + [-np.inf if one else 0.0 for one in free]
    ridge = [ROW_RIDGE] * len(ROW_FEATURES) + [SET_RIDGE] * len(chosen)
    fair = [part for part in parts if part[0] not in TRAPS]
    return logistic([(whole_of(rows, whole, chosen), hit) for _, _, rows, whole, hit in fair], ridge, low)


def whole_of(rows, whole, chosen):
    return np.column_stack([rows, np.tile(whole[list(chosen)], (len(rows), 1))])


def folds(parts, fit, score, number=6):
    """Scores of parts by weights fitted without any of their set (all of one file)."""
    files = sorted({part[0].split()[0] for part in parts})
    out = []
    for fold in range(number):
        held = set(files[fold::number])
        weights = fit([part for part in parts if part[0].split()[0] not in held])
        out += [(part, score(part, weights)) for part in parts if part[0].split()[0] in held]
    return out


def apply(x, weights):
    return 1 / (1 + np.exp(-(weights[0] + x @ weights[1:])))


def report_confidence(parts, chosen):
    scored = folds(
        parts,
        lambda some: confidence_weights(some, chosen),
        lambda part, w: ece(apply(whole_of(part[2], part[3], chosen), w), part[4]),
    )
    for alone in (True, False):
        new = [value for part, value in scored if part[1] == alone]
        fair = [value for part, value in scored if part[1] == alone and part[0] not in TRAPS]
        old = [ece(part[2][:, 0], part[4]) for part, _ in scored if part[1] == alone]
        print(
            f"  {'sentences' if alone else 'model':10} vote {np.mean(old):.3f}  new {np.mean(new):.3f}, "
            f"{np.mean(fair):.3f} without traps"
        )
    return np.mean([value for _, value in scored])


def report_strange(parts):
    """By sets left out: share flagged of made-up and of real rows, at several thresholds."""
    low, ridge = [0.0] * len(SIGNS), [0.001] * len(SIGNS)
    scored = folds(
        parts,
        lambda some: logistic([part[3:] for part in some], ridge, low),
        lambda part, w: apply(part[3], w),
    )
    for level in (0.15, 0.2, 0.25, 0.3, 0.5):
        line = []
        for kind in ("run", "new"):
            real = np.mean([(p >= level)[~part[4]].mean() for part, p in scored if part[2] == kind])
            bad = np.mean([(p >= level)[part[4]].mean() for part, p in scored if part[2] == kind])
            line.append(f"{kind}: real {real:.3f} made up {bad:.3f}")
        print(f"  from {level}: {'; '.join(line)}")
    return logistic([part[3:] for part in parts], ridge, low)


def main() -> None:
    """Collect, judge by sets left out, print the constants."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--cache", type=Path, default=CACHE)
    parser.add_argument("--kept", action="store_true", help="only what an earlier call has read")
    arguments = parser.parse_args()
    go_offline()
    with limited(1):
        models = load_models(RunConfig.checked(source="-", by=("topic",)))
        confidence, strange = collect(arguments.pool, models, arguments.cache, arguments.kept)
    # For trying other weights; never read by the package.
    (arguments.cache / "features.pickle").write_bytes(pickle.dumps((confidence, strange)))
    every_feature = range(len(SET_FEATURES))
    print(f"mean ECE by sets left out {report_confidence(confidence, every_feature):.3f}")
    weights = confidence_weights(confidence, every_feature)
    rows = 1 + len(ROW_FEATURES)
    print(f"INTERCEPT = {weights[0]:.3f}\nROW_WEIGHTS = {_tuple(weights[1:rows])}")
    print(f"SET_WEIGHTS = {_tuple(weights[rows:])}")
    weights = report_strange(strange)
    print(f"INTERCEPT = {weights[0]:.3f}\nWEIGHTS = {_tuple(weights[1:])}")


def _tuple(values):
    return "(" + ", ".join(f"{value:.3f}" for value in values) + ")"


if __name__ == "__main__":
    main()
