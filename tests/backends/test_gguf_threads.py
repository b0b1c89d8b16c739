from __future__ import annotations

import pytest

from localcluster.backends.gguf.threads import RETRY_EVERY, ThreadTuner


def settle(tuner: ThreadTuner, seconds: dict[int, float], batches: int = 4 * RETRY_EVERY, tokens: int = 512):
    chosen = []
    for _ in range(batches):
        chosen.append(tuner.choose(tokens))
        tuner.learn(tokens, chosen[-1], seconds[chosen[-1]])
    return chosen


@pytest.mark.parametrize(
    ("seconds", "best"),
    [({8: 1, 4: 2, 2: 4, 1: 8}, 8), ({8: 9, 4: 3, 2: 2, 1: 4}, 2), ({8: 9, 4: 3, 2: 2, 1: 1}, 1)],
)
def test_the_fastest_number_is_used_most(seconds, best):
    chosen = settle(ThreadTuner(8), seconds)
    assert chosen.count(best) > 0.9 * len(chosen)
    assert chosen[0] == 8


def test_it_follows_the_load_down_and_up_again():
    tuner = ThreadTuner(2)
    busy, quiet = {2: 9.0, 1: 2.0}, {2: 1.0, 1: 2.0}
    assert settle(tuner, quiet)[-2] == 2
    assert settle(tuner, busy)[-2] == 1
    assert settle(tuner, quiet, 16 * RETRY_EVERY)[-2] == 2


def test_small_batches_are_judged_apart():
    tuner = ThreadTuner(2)
    settle(tuner, {2: 9.0, 1: 2.0})
    assert tuner.choose(1) == 2


def test_one_core_leaves_no_choice():
    assert set(settle(ThreadTuner(1), {1: 1.0})) == {1}
