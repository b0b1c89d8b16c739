"""Questions in whole runs: what is asked, what is kept of it, and what a run says about it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from fakes import LEXICON, POSITIVE, WordEmbedder, models, reviews

from localcluster.config import RunConfig
from localcluster.errors import ConfigError
from localcluster.evidence import KEvidence
from localcluster.models import Models
from localcluster.oracle.examples import Example
from localcluster.pipeline.run import run
from localcluster.store import AnswerStore, find_answers, load_result
from localcluster.testing import ScriptedModel, SimulatedScorer

pytestmark = pytest.mark.slow

N = 150
EXAMPLES = (
    Example("a great soup", "a superb plot", True),
    Example("a great soup", "an awful plot", False),
)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.txt"
    path.write_text("\n".join(reviews(N)[0]) + "\n")
    return path


def config(table, out="run", **settings):
    defaults = {"by": ("sentiment",), "k": (2,), "triplets": 70}
    return RunConfig.checked(source=str(table), out=table.parent / out, **{**defaults, **settings})


def evidence(finished):
    return finished.result.criteria[0].evidence


def unnamed():
    """The model is asked nothing but the run's questions: no cluster's name."""
    own = models()
    own.writes_names = False
    return own


def stored(folder):
    with AnswerStore.read(find_answers(folder)) as store:
        return list(store.rows())


@pytest.fixture
def simulated(monkeypatch):
    """Answers by the words' sentiment in place of the model's; set ``settings`` before the run."""
    settings = {"accuracy": 0.95}

    def scorers_of(model, criterion, texts, answers, examples=()):
        truth = [any(word in text for word in POSITIVE) for text in texts]
        return [SimulatedScorer(truth, **settings)]

    monkeypatch.setattr("localcluster.pipeline.ask.scorers_of", scorers_of)
    return settings


def test_the_record_of_what_was_asked_is_complete_and_json(table):
    finished = run(config(table), models=models())
    oracle = evidence(finished).oracle
    (kept,) = load_result(finished.folder).criteria
    assert kept.evidence == evidence(finished)
    assert len(oracle.scorers) == 4
    for scorer in oracle.scorers:
        assert scorer.reason
        assert scorer.kind == "triplet"
    assert oracle.chosen in {scorer.scorer for scorer in oracle.scorers if scorer.accepted}
    assert oracle.chosen in oracle.why
    (found,) = oracle.rounds
    assert 0 < found.asked <= 70
    assert evidence(finished).k == KEvidence(2, "given")


def test_every_reading_that_was_counted_is_in_the_store_once(table):
    finished = run(config(table), models=models())
    counted = evidence(finished).oracle.questions.readings
    with AnswerStore.read(find_answers(finished.folder)) as store:
        counts = store.counts()
        purposes = {row["purpose"] for row in store.rows() if row["answer"]}
    assert sum(count.readings for count in counts) == counted
    assert all(count.repeated == 0 for count in counts)
    assert {"calibration", "training"} <= purposes


def test_no_round_asks_nothing(table):
    own = unnamed()
    finished = run(config(table, rounds=0), models=own)
    assert evidence(finished).oracle is None
    assert own.llm.calls["score"] == 0
    assert stored(finished.folder) == []


@pytest.mark.parametrize(("k", "bounds"), [((2, 20), (2, 20)), (None, (2, 150))])
def test_an_open_k_is_asked_for_in_pairs(table, k, bounds, simulated):
    finished = run(config(table, k=(k,), rounds=0), models=models())
    chosen, oracle = evidence(finished).k, evidence(finished).oracle
    assert {scorer.kind for scorer in oracle.scorers} == {"pair"}
    assert chosen.in_words.startswith("pairwise answers")
    assert chosen.asked_range == bounds
    assert chosen.low <= chosen.chosen <= chosen.high
    assert chosen.chosen == finished.result.criteria[0].k
    assert [value for value, _ in chosen.curve] == list(range(bounds[0], bounds[1] + 1))
    assert chosen.pairs
    assert chosen.dendrogram.size == N
    assert {row["purpose"] for row in stored(finished.folder) if row["answer"]} == {
        "calibration",
        "granularity",
    }


def test_both_kinds_of_questions_stand_in_the_record(table, simulated):
    finished = run(config(table, k=((2, 20),)), models=models())
    oracle = evidence(finished).oracle
    assert sorted(scorer.kind for scorer in oracle.scorers) == ["pair", "triplet"]
    calibrated = {row["kind"] for row in stored(finished.folder) if row["purpose"] == "calibration"}
    assert calibrated == {"pair", "triplet"}


@pytest.mark.parametrize(("n", "k", "rule"), [(N, (2, 6), "usual number"), (12, (6, 60), "silhouette")])
def test_a_range_of_few_merges_is_chosen_from_without_asking(table, n, k, rule):
    """Of a dozen rows only one number can be tried: nothing is weighed, and no range is claimed."""
    table.write_text("\n".join(reviews(n)[0]) + "\n")
    own = unnamed()
    finished = run(config(table, k=(k,), rounds=0), models=own)
    assert own.llm.calls["score"] == 0
    assert evidence(finished).oracle is None
    found = evidence(finished).k
    assert found.rule == rule
    assert k[0] <= found.chosen <= k[1]
    if rule == "usual number":
        assert k[0] <= found.low <= found.chosen <= found.high <= k[1]
    else:
        assert found.low is None and found.high is None


def test_where_nobody_can_answer_the_run_goes_on_without(table, simulated):
    simulated["accuracy"] = 0.5
    asked = run(config(table, k=((2, 20),)), models=models())
    alone = run(config(table, out="alone", k=((2, 20),), rounds=0), models=models())
    oracle = evidence(asked).oracle
    assert oracle.chosen is None
    assert "not used" in oracle.why
    assert oracle.rounds == ()
    assert evidence(asked).k.rule == "usual number"
    np.testing.assert_array_equal(asked.result.criteria[0].labels, alone.result.criteria[0].labels)


def test_supported_moves_reach_the_result(table, simulated, monkeypatch):
    from localcluster.pipeline import partition
    from localcluster.scoring.metrics import clustering_accuracy

    _, sentiment, _ = reviews(N)
    fit, rng = partition.fit_partition, np.random.default_rng(0)

    def worse(*call, **options):
        found = fit(*call, **options)
        wrong = rng.choice(len(found.labels), 25, replace=False)
        found.labels[wrong] = 1 - found.labels[wrong]
        return found

    monkeypatch.setattr(partition, "fit_partition", worse)
    finished = run(config(table, triplets=1024), models=models())
    (found,) = evidence(finished).oracle.rounds
    assert found.adopted, found.reason
    assert clustering_accuracy(sentiment, finished.result.criteria[0].labels) > 1 - 20 / N
    assert any("the language model's answers moved rows" in note for note in evidence(finished).notes)


def test_runs_that_share_a_file_ask_once(table):
    answers = table.parent / "shared.sqlite"
    first = run(config(table, answers=answers), models=models())
    own = unnamed()
    second = run(config(table, out="other", answers=answers), models=own)
    asked, recalled = (evidence(finished).oracle.questions for finished in (first, second))
    assert asked.readings > 0
    assert recalled.readings == 0
    assert recalled.recalled == asked.readings + asked.recalled
    assert own.llm.calls["score"] == 0
    one, two = (
        replace(found, oracle=replace(found.oracle, questions=None))
        for found in (evidence(first), evidence(second))
    )
    assert one == two
    np.testing.assert_array_equal(first.result.criteria[0].labels, second.result.criteria[0].labels)
    assert not list(first.folder.rglob("answers.sqlite"))


def test_two_seeds_in_one_file_keep_their_own_decisions(table):
    answers = table.parent / "shared.sqlite"
    for seed in (0, 1):
        run(config(table, out=f"run-{seed}", answers=answers, seed=seed), models=models())
    with AnswerStore.read(answers) as store:
        runs = {row["run"] for row in store.rows() if row["answer"]}
    assert len(runs) == 2


class Listening(ScriptedModel):
    """Keeps all that is said to it."""

    def score(self, prompts, continuations, **options):
        self.heard = [
            *getattr(self, "heard", []),
            *(
                "".join(
                    p if isinstance(p, str) else p.text or "" for turn in prompt.turns for p in turn.parts
                )
                for prompt in prompts
            ),
        ]
        return super().score(prompts, continuations, **options)


def test_worked_examples_stand_in_the_questions_and_change_their_keys(table):
    path = table.parent / "examples.jsonl"
    path.write_text("".join(json.dumps(vars(example)) + "\n" for example in EXAMPLES))
    heard, keys = [], []
    for out, examples in (("without", None), ("with", path)):
        model = Listening(LEXICON)
        # Pairs: of triplets, reading the rows one by one is right throughout, and nobody else is asked.
        settings = {"out": out, "examples": examples, "k": ((2, 20),), "rounds": 0}
        finished = run(config(table, **settings), models=Models(WordEmbedder(), model))
        heard.append([said for said in model.heard if "an awful plot" in said])
        keys.append(
            {row["key"] for row in stored(finished.folder) if row["scorer"] in ("yes or no", "choice tokens")}
        )
    assert not heard[0]
    assert heard[1]
    assert keys[0]
    assert not keys[0] & keys[1]


def test_who_cannot_be_chosen_is_not_asked_and_it_is_said(table):
    finished = run(config(table), models=unnamed())
    scorers = {scorer.scorer: scorer for scorer in evidence(finished).oracle.scorers}
    assert scorers["answer distributions"].n == 128
    assert not scorers["yes or no"].accepted
    assert "was asked no question" in scorers["yes or no"].reason
    assert "yes or no" not in {row["scorer"] for row in stored(finished.folder)}


def test_a_hopeless_scorer_is_stopped_early_and_the_run_says_so(table, simulated):
    simulated["accuracy"] = 0.4
    oracle = evidence(run(config(table, k=((2, 20),)), models=models())).oracle
    assert oracle.chosen is None
    for row in oracle.scorers:
        assert 0 < row.n < 128
        assert f"stopped after {row.n} questions" in row.reason


def test_too_few_rows_for_the_gate_ask_about_none_and_say_so(table, simulated):
    table.write_text("\n".join(reviews(40)[0]) + "\n")
    own = unnamed()
    finished = run(config(table), models=own)
    oracle = evidence(finished).oracle
    assert oracle.rounds == ()
    assert "no answers could change a cluster" in oracle.why
    assert {row["purpose"] for row in stored(finished.folder) if row["answer"]} <= {"calibration"}


def test_bad_worked_examples_are_told_before_a_model_is_loaded(table, use_models):
    use_models(lambda: pytest.fail("a model was loaded"))
    (table.parent / "examples.jsonl").write_text("{}\n")
    with pytest.raises(ConfigError, match="line 1"):
        run(config(table, examples=table.parent / "examples.jsonl"))


@pytest.mark.parametrize("method", ["full", "lora"])
def test_an_embedder_without_weights_is_not_fine_tuned_and_that_is_told_first(table, method):
    own = models()
    with pytest.raises(ConfigError, match=f'by "{method}" .* word-embedder .*"head" or "none"'):
        run(config(table, adapt=method), models=own)
    assert own.embedder.calls == 0
    assert not sum(own.llm.calls.values())
    assert not (table.parent / "run").exists()
    # Where nothing is asked, nothing would be trained.
    run(config(table, adapt=method, rounds=0), models=own)


def test_a_head_is_trained_where_it_is_asked_for(table, simulated):
    finished = run(config(table, adapt="head"), models=models())
    (found,) = evidence(finished).oracle.rounds
    assert found.embedding.method == "head"
    assert found.embedding.trained_on > 0
    assert found.embedding.reason


def test_criteria_are_asked_about_each_for_itself(table):
    finished = run(config(table, by=("sentiment", "subject"), k=(2, 3)), models=models())
    assert [found.evidence.oracle is not None for found in finished.result.criteria] == [True, True]
    assert {row["criterion"] for row in stored(finished.folder)} == {"sentiment", "subject"}
