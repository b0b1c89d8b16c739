from __future__ import annotations

import pytest

from localcluster.backends.gguf.threads import RETRY_AFTER, ThreadTuner


def quiet(cores: int) -> bool:
    return False


def settle(tuner: ThreadTuner, seconds: dict[int, float], batches: int = 4 * RETRY_AFTER, tokens: int = 512):
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
    chosen = settle(ThreadTuner(8, quiet), seconds)
    assert chosen.count(best) > 0.9 * len(chosen)
    assert chosen[0] == 8


def test_it_follows_the_load_down_and_up_again():
    tuner = ThreadTuner(2, quiet)
    loaded, free = {2: 9.0, 1: 2.0}, {2: 1.0, 1: 2.0}
    assert settle(tuner, free)[-2] == 2
    assert settle(tuner, loaded)[-2] == 1
    assert settle(tuner, free, 16 * RETRY_AFTER)[-2] == 2


def test_a_number_that_was_ten_times_slower_is_seldom_tried_again():
    chosen = settle(ThreadTuner(2, quiet), {2: 10.0, 1: 1.0}, 9 * RETRY_AFTER)
    assert chosen.count(2) == 1


def test_a_busy_machine_begins_with_half_and_adds_threads_only_when_it_is_free():
    load = [True]
    tuner = ThreadTuner(4, lambda cores: load[0])
    seconds = {4: 1.0, 2: 2.0, 1: 4.0}
    assert set(settle(tuner, seconds)) == {1, 2}
    load[0] = False
    assert settle(tuner, seconds)[-2] == 4


def test_small_batches_are_judged_apart():
    tuner = ThreadTuner(2, quiet)
    settle(tuner, {2: 9.0, 1: 2.0})
    assert tuner.choose(1) == 2


def test_one_core_leaves_no_choice():
    assert set(settle(ThreadTuner(1, quiet), {1: 1.0})) == {1}
