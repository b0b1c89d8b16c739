"""Fit localcluster/languages/weights.safetensors: python scripts/languages/fit.py POOL

POOL is the training pool's folder; only sets under an open licence (``clear/``) are used. A fifth of each
set's texts is held out for the check, and checked whole and cut to their first five words.
"""

from __future__ import annotations

import argparse
import json
import zlib
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from localcluster.languages.identify import BUCKETS, FILE, spelling

#: Sets with texts in several languages, and sets in English.
SEVERAL = (
    "cocoa_formality_multilingual",
    "crossed_friend_messages_5_languages",
    "crossed_hotel_reviews_5_languages",
    "pud_language_grammar",
    "ud_language_grammar",
)
ENGLISH = (
    "rasa_bots_intents", "sgd_user_turns", "emobank", "crossed_support_tickets", "hint3_curekart",
    "medquad_questions", "mams_restaurant_aspects", "opentrivia_categories", "commit_messages_by_type",
)  # fmt: skip
#: Told by their script.
NOT_LATIN = ("Russian", "Hindi", "Japanese")
#: Texts of one language and set.
MOST = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("pool", type=Path)
    parser.add_argument("--out", type=Path, default=Path("localcluster/languages") / FILE)
    arguments = parser.parse_args()
    rows = [row for name in (*SEVERAL, *ENGLISH) for row in texts_of(arguments.pool, name)]
    languages = sorted({language for _, language, _ in rows})
    taught = [row for row in rows if not row[2]]
    held_out = [(text, language) for text, language, out in rows if out]
    # Half of what teaches is cut short, so that short texts are known too.
    rng = np.random.default_rng(0)
    pairs = [
        (short(text, rng.integers(2, 9)) if i % 2 else text, name) for i, (text, name, _) in enumerate(taught)
    ]
    weights, bias = fit(pairs, languages)
    whole = accuracy(weights, bias, held_out, languages)
    cut = accuracy(weights, bias, [(short(text, 5), language) for text, language in held_out], languages)
    told = {
        "languages": languages,
        "sets": [*SEVERAL, *ENGLISH],
        "checked on held-out texts": {"whole": round(whole, 4), "first five words": round(cut, 4)},
    }
    print(len(pairs), told)
    arrays = {"weights": weights.astype(np.float16), "bias": bias.astype(np.float32)}
    save_file(arrays, arguments.out, {"about": json.dumps(told)})


def texts_of(pool, name):
    count, found = {}, []
    with (pool / "clear" / f"{name}.jsonl").open() as lines:
        for line in lines:
            row = json.loads(line)
            language = "English" if name in ENGLISH else row["labels"].get("language")
            if language is None or language in NOT_LATIN or count.get(language, 0) >= MOST:
                continue
            count[language] = count.get(language, 0) + 1
            found.append((row["text"], language, zlib.crc32(row["text"].encode()) % 5 == 0))
    return found


def short(text, words):
    return " ".join(text.split()[: int(words)])


def inputs_of(pairs):
    rows, columns, values = [], [], []
    for number, (text, _) in enumerate(pairs):
        buckets, weight = spelling(text)
        rows.append(np.full(len(buckets), number))
        columns.append(buckets)
        values.append(weight)
    at = torch.from_numpy(np.stack([np.concatenate(rows), np.concatenate(columns)]))
    values = torch.from_numpy(np.concatenate(values).astype(np.float32))
    return torch.sparse_coo_tensor(at, values, (len(pairs), BUCKETS)).coalesce()


def fit(pairs, languages):
    torch.manual_seed(0)
    x = inputs_of(pairs)
    y = torch.tensor([languages.index(language) for _, language in pairs])
    share = torch.bincount(y, minlength=len(languages)).float()
    weight = (len(y) / len(languages) / share).sqrt()
    layer = torch.nn.Linear(BUCKETS, len(languages))
    torch.nn.init.zeros_(layer.weight)
    optimizer = torch.optim.Adam(layer.parameters(), 0.05)
    for _ in range(150):
        logits = torch.sparse.mm(x, layer.weight.T) + layer.bias
        loss = torch.nn.functional.cross_entropy(logits, y, weight) + 2e-5 * layer.weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        return layer.weight.T.numpy().copy(), layer.bias.numpy().copy()


def accuracy(weights, bias, pairs, languages):
    with torch.no_grad():
        logits = torch.sparse.mm(inputs_of(pairs), torch.from_numpy(weights)) + torch.from_numpy(bias)
    truth = torch.tensor([languages.index(language) for _, language in pairs])
    return float((logits.argmax(dim=1) == truth).float().mean())


if __name__ == "__main__":
    main()
