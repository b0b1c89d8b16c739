from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from frame_weights import weights_by_share
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import EMBEDDER, NAMES, SIGNATURE, contents, letters, word_vectors

from localcluster.boilerplate import Trimmed, Trimmer, recurring, trim, units_of
from localcluster.store.values import read_value, write_value


def fitted(texts):
    found = Trimmer.fit(texts, EMBEDDER, word_vectors)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def mailbox():
    texts, about = letters(60)
    return texts, about, *fitted(texts)


def test_the_frame_of_letters_is_left_out_and_their_content_is_not(mailbox):
    texts, about, _, trimmed = mailbox
    assert len(trimmed.texts) == len(trimmed.left_out) == len(texts)
    assert np.mean([what in text for what, text in zip(about, trimmed.texts, strict=True)]) > 0.9
    read = " ".join(trimmed.texts)
    assert read.count(SIGNATURE) < 6
    assert sum(map(len, trimmed.texts)) < 0.5 * sum(map(len, texts))
    assert trimmed.n_texts == sum(a != b for a, b in zip(texts, trimmed.texts, strict=True)) > 50
    assert trimmed.n_parts == sum(map(len, trimmed.left_out))


def test_what_is_read_and_what_is_left_out_are_the_whole_text(mailbox):
    texts, _, _, trimmed = mailbox
    for text, read, gone in zip(texts, trimmed.texts, trimmed.left_out, strict=True):
        parts = sorted([unit.text for unit in units_of(read)] + list(gone))
        assert parts == sorted(unit.text for unit in units_of(text))


def test_rows_of_one_part_are_never_touched(mailbox):
    _, _, trimmer, _ = mailbox
    short = [SIGNATURE, "lights off", "  42.5\t", "", "thanks", "Status: overheated"[:6]]
    assert Trimmer.fit(short, EMBEDDER, word_vectors) is None
    assert trimmer.trim(short, word_vectors).texts == tuple(short)
    mixed, _ = letters(50)
    _, trimmed = fitted([*mixed, *short])
    assert trimmed.texts[50:] == tuple(short)
    assert set(trimmed.left_out[50:]) == {()}


def test_no_text_means_nothing_to_leave_out(mailbox):
    assert Trimmer.fit([], EMBEDDER, word_vectors) is None
    assert mailbox[2].trim([], word_vectors).texts == ()


def test_a_row_that_is_all_frame_keeps_a_part_with_words(mailbox):
    _, _, trimmer, _ = mailbox
    bare = ["Dear team,\nKind regards\nAnn", "Dear team,\n12345\nBob", f"Bob\n{SIGNATURE}"]
    for text in trimmer.trim(bare, word_vectors).texts:
        assert trimmer.recurrence.has_words(text)


SMALL = fitted(letters(30)[0])[0]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Dear team,", "Ann", "17", "!!", "parcel lost", SIGNATURE, "Note: x"]), min_size=1
    )
)
def test_every_row_keeps_words_where_it_has_any(lines):
    trimmer = SMALL
    text = "\n".join(lines)
    read = trimmer.trim([text], word_vectors).texts[0]
    assert read.strip()
    speaks = any(trimmer.recurrence.has_words(unit.text) and not unit.label for unit in units_of(text))
    assert not speaks or trimmer.recurrence.has_words(read)


def test_a_text_is_read_alike_alone_and_beside_others(mailbox):
    texts, _, trimmer, _ = mailbox
    new = [
        *texts[:5],
        "Dear team,\nthe roof is leaking badly\nKind regards\nZoe",
        "one part",
        f"Hi.\n{SIGNATURE}",
    ]
    together = trimmer.trim(new, word_vectors)
    for i, text in enumerate(new):
        alone = trimmer.trim([text], word_vectors)
        assert alone.texts[0] == together.texts[i]
        assert alone.left_out[0] == together.left_out[i]
    back = trimmer.trim(new[::-1], word_vectors)
    assert back.texts == together.texts[::-1]


def test_rows_of_the_fit_keep_what_they_had_when_they_come_again(mailbox):
    texts, _, trimmer, trimmed = mailbox
    again = trimmer.trim(texts, word_vectors)
    same = [a == b for a, b in zip(again.texts, trimmed.texts, strict=True)]
    assert np.mean(same) > 0.9


def test_a_new_letter_loses_the_frame_that_the_run_knew(mailbox):
    _, _, trimmer, _ = mailbox
    about = "The roof of the old barn is leaking badly."
    text = f"Dear team,\n{about}\nKind regards\nOtto, {SIGNATURE}"
    read = trimmer.trim([text], word_vectors).texts[0]
    assert about in read
    assert SIGNATURE not in read


def test_a_stored_trimmer_reads_alike(mailbox, tmp_path):
    texts, _, trimmer, _ = mailbox
    write_value(tmp_path / "trimmer", trimmer, "key")
    stored = read_value(tmp_path / "trimmer", Trimmer, "key")
    assert stored.embedder == trimmer.embedder
    assert stored.recurrence == trimmer.recurrence
    assert stored.telling == trimmer.telling
    assert np.array_equal(stored.reference.vectors, trimmer.reference.vectors)
    assert np.array_equal(stored.reference.rows, trimmer.reference.rows)
    assert stored.trim(texts, word_vectors) == trimmer.trim(texts, word_vectors)


def test_fitting_again_gives_the_same(mailbox):
    texts, _, trimmer, trimmed = mailbox
    again, twice = fitted(texts)
    assert twice == trimmed
    assert again.telling == trimmer.telling


def machines(n=120):
    """Reports in which a status goes with what happened; all of them have the same first and last lines."""
    rng = np.random.default_rng(0)
    hot = ("boiler", "steam", "furnace", "smoke", "fire", "burning", "melted", "flame")
    wet = ("leak", "puddle", "flood", "dripping", "water", "pipe", "soaked", "pump")
    texts = []
    for i in range(n):
        words = rng.choice((hot, wet)[i % 2], 5, replace=False)
        status = ("overheated", "flooded")[i % 2]
        texts.append(f"Message from the plant\n{' '.join(words)} seen.\nStatus: {status}\n{SIGNATURE}")
    return texts


@pytest.fixture
def by_share(monkeypatch):
    """Constants that take everything which a fifth of the rows have for frame."""
    weights = weights_by_share()
    monkeypatch.setattr(trim, "weights_for", lambda _: weights)


def test_a_part_that_goes_with_a_class_stays(by_share):
    texts = machines()
    trimmer, trimmed = fitted(texts)
    assert trimmer.telling == {"overheated", "flooded"}
    for i, text in enumerate(trimmed.texts):
        assert ("overheated", "flooded")[i % 2] in text
        assert SIGNATURE not in text
    new = f"Message from the plant\nsmoke burning fire seen\nStatus: overheated\n{SIGNATURE}"
    assert trimmer.trim([new], word_vectors).texts[0] == "smoke burning fire seen\noverheated"


def test_without_the_rule_for_classes_it_would_go(by_share):
    texts = machines()
    trimmer, _ = fitted(texts)
    blunt = replace(trimmer, telling=frozenset()).trim(texts, word_vectors)
    assert not any("overheated" in text or "flooded" in text for text in blunt.texts)


def test_a_status_that_goes_with_nothing_is_left_out(by_share):
    texts = machines()
    swapped = [
        text.replace("overheated", "flooded")
        if i % 4 == 0
        else text.replace("flooded", "overheated")
        if i % 4 == 1
        else text
        for i, text in enumerate(texts)
    ]
    trimmer, trimmed = fitted(swapped)
    assert not trimmer.telling
    assert not any("overheated" in text or "flooded" in text for text in trimmed.texts)


def test_examples_of_what_recurs_are_the_most_frequent_first(mailbox):
    _, _, trimmer, trimmed = mailbox
    shown = recurring(trimmed, trimmer.recurrence, 3)
    counts = [rows for _, rows in shown]
    assert 1 <= len(shown) <= 3
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 50
    everything = " ".join(part for parts in trimmed.left_out for part in parts)
    assert all(example in everything for example, _ in shown)


def test_names_and_numbers_alone_are_no_examples(mailbox):
    recurrence = mailbox[2].recurrence
    gone = Trimmed(("a",) * 3, ((NAMES[0], "17", "Bye now"), (NAMES[1], "!"), ("Bye now", "Thanks all")))
    assert recurring(gone, recurrence, 9) == [("Bye now", 2), ("Thanks all", 1)]


@pytest.mark.models
def test_the_starter_embedder_keeps_content_and_leaves_out_most_of_the_frame(starter_embedder):
    from benchmarks.messy import kinds_of, wrap_texts
    from localcluster.embed import SentenceEmbedder
    from localcluster.embed.view import unit_rows

    embedder = SentenceEmbedder(starter_embedder)
    about = contents(63) + [
        f"Is the {thing} covered by the warranty?" for thing in ("tablet", "kettle", "chair")
    ]
    about += [f"I want to cancel my order of {n} pairs of red shoes" for n in range(2, 16)]
    about = about[:80]
    wrapped = wrap_texts(about, kinds_of("shaping"), 0)
    found = Trimmer.fit(wrapped, embedder.sha256, lambda texts: unit_rows(embedder.encode(texts)))
    assert found is not None
    assert len(about) == 80
    kept, frame = shares(about, wrapped, found[1].texts)
    assert kept >= 0.92
    assert frame <= 0.4
    # As new rows they meet their own copies, and some keep another part; what they are about stays.
    again = found[0].trim(wrapped, lambda texts: unit_rows(embedder.encode(texts)))
    kept, frame = shares(about, wrapped, again.texts)
    assert kept >= 0.92
    assert frame <= 0.4


def shares(about, wrapped, read):
    """Share of the content's words that are read, and of the frame's characters."""
    words = kept = frame = left = 0
    for what, whole, seen in zip(about, wrapped, read, strict=True):
        wanted, here = what.split(), seen.split()
        words += len(wanted)
        kept += sum(word in here for word in wanted)
        frame += len(whole) - len(what)
        left += max(len(seen) - len(what), 0)
    return kept / words, left / frame


def test_what_is_known_of_the_parts_is_computed_once(monkeypatch):
    done = Counter()

    def counted(name):
        compute = getattr(trim, name)

        def told(*given):
            done[name] += 1
            return compute(*given)

        monkeypatch.setattr(trim, name, told)

    for name in ("features", "density", "context"):
        counted(name)
    trimmer, _ = fitted(letters(30)[0])
    assert done == {"features": 1, "density": 1, "context": 1}
    trimmer.trim(letters(5)[0], word_vectors)
    assert done == {"features": 2, "density": 2, "context": 2}
