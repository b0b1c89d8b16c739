"""The sections on the number of clusters and on the oracle: what they say, and for whom they stay silent."""

import re
from dataclasses import replace

import pytest

from localcluster.evidence import KEvidence
from localcluster.report.asked import asked
from localcluster.report.how_many import how_many
from localcluster.report.write import render


def text_of(html):
    """What a person reads of the page."""
    html = re.sub(r"<(script|style)>.*?</\1>|<script type.*?</script>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def rendered(make_result, **evidence):
    result = make_result(ks=(2,))
    result.criteria[0].evidence = replace(result.criteria[0].evidence, **evidence)
    return render(result)


# ---- how many clusters ----


def test_a_given_number_is_one_sentence(make_result):
    assert how_many(KEvidence(1, "given")).sentences == ["1 cluster, as you asked."]
    html = rendered(make_result, k=KEvidence(2, "given"))
    assert "2 clusters, as you asked." in html
    assert 'class="drawing"' not in html


def test_the_silhouette_has_its_curve_and_no_range(make_result):
    html = rendered(make_result)
    assert "2 clusters, chosen by the highest mean silhouette" in html
    assert 'class="curve"' in html and 'class="band"' not in html
    assert "pairs that decided" not in html and "top of the hierarchy" not in html
    assert "2: 0.31 3: 0.28" in text_of(html)


def test_a_usual_number_has_a_range_and_a_way_to_say_better(make_result):
    curve = ((2, 0.1), (3, 0.2), (5, 0.4), (8, 0.2), (13, 0.1))
    html = rendered(make_result, k=KEvidence(5, "usual number", curve, 2, 13))
    text = text_of(html)
    assert (
        "5 clusters; 2 to 13 are plausible (90% of the probability, given what criteria in like words" in text
    )
    assert "-k 5 fixes the number, -k 2:13 the range" in text
    assert 'class="band"' in html and "was asked whether" not in text


def test_pairwise_answers_show_range_curve_pairs_and_tree(make_result, asked_k):
    html = rendered(make_result, k=asked_k)
    text = text_of(html)
    assert "5 clusters; 4 to 7 are plausible (90%" in text
    assert "for every number from 2 to 200" in text
    assert all(f'class="{drawn}"' in html for drawn in ("curve", "band", "branches", "cut"))
    assert "10 alpha, branch 8" in text
    assert "5: 0.2 " in text and "and 194 numbers of clusters with less than 0.001 each" in text


def test_pairs_say_whether_they_agree_with_the_chosen_number(make_result, asked_k):
    found = how_many(asked_k)
    assert [(p.merge, p.answer, p.agrees) for p in found.apart] == [
        (4, "same (75%)", False),
        (3, "different (92%)", True),
    ]
    assert [(p.merge, p.answer, p.agrees) for p in found.together] == [
        (5, "same (93%)", True),
        (6, "no answer", None),
    ]
    text = text_of(rendered(make_result, k=asked_k))
    assert "same (75%) disagrees · together in up to 4 clusters left text right text" in text
    assert "no answer neither" in text


def test_long_texts_of_pairs_are_shortened(asked_k):
    first, *others = asked_k.pairs
    found = how_many(replace(asked_k, pairs=(replace(first, a="x" * 5000), *others)))
    assert len(found.apart[-1].a) < 200


@pytest.mark.parametrize(("low", "high", "said"), [(4, 7, False), (4, 8, True)])
def test_a_wide_range_tells_what_to_type(asked_k, low, high, said):
    sentences = " ".join(how_many(replace(asked_k, low=low, high=high)).sentences)
    assert (f"-k {low}:{high}" in sentences) is said


def test_the_curve_is_per_number_where_its_points_stand_for_several():
    curve = ((10, 0.1), (11, 0.1), (13, 0.2), (15, 0.2))
    found = how_many(KEvidence(11, "change point", curve, 10, 15))
    assert [value for _, value in found.points] == pytest.approx([0.1, 0.1 / 1.5, 0.1, 0.2 / 1.5])


def test_a_record_that_names_no_number_gets_no_section(make_result):
    assert how_many(None) is None
    assert "How many clusters</h3>" not in rendered(make_result, k=None)


@pytest.mark.parametrize("curve", [(), ((2, 0.5),), ((2, float("nan")), (3, 0.1))])
def test_too_few_points_draw_no_curve(make_result, curve):
    assert 'class="drawing"' not in rendered(make_result, k=KEvidence(2, "silhouette", curve))


# ---- what the model was asked ----


def test_scorers_are_told_with_their_numbers(make_result, oracle):
    html = rendered(make_result, oracle=oracle)
    text = text_of(html)
    assert "It was right more often than the others." in text
    assert "answer distributions ✓ chosen which of two is nearer" in text
    assert "86% right of 64 (75% to 92%), 95% alike in both orders" in text
    assert "choice tokens refused" in text and "It named the first choice every time." in text
    assert 'style="left:31.0%;width:23.0%"' in html


def test_rounds_are_told_with_their_numbers(make_result, oracle):
    text = text_of(rendered(make_result, oracle=oracle))
    for said in (
        "In 2 rounds the model was asked 1,700 questions; its answers moved 120 texts.",
        "Round 1: moving texts adopted 900 questions asked 40 left unanswered 71% of the answers right",
        "120 texts moved 100 of these moves checked by a held-out question 63% of the checks support",
        "Round 1: adapting the embedding, by a light layer on the frozen embedding not adopted",
        "800 answers trained it 200 held-out answers checked it +0.013 nats gained per held-out answer",
        "Within noise.",
        "Round 2: moving texts not adopted",
        "30 texts would have moved 0 of these moves checked by a held-out question – of the checks",
        "2,100 readings by the model in 130 seconds.",
    ):
        assert said in text


def test_an_adopted_embedding_is_told(oracle):
    first, second = oracle.rounds
    first = replace(first, embedding=replace(first.embedding, adopted=True))
    said = asked(replace(oracle, rounds=(first, second))).sentences[1]
    assert "moved 120 texts and improved the embedding." in said


def test_rounds_that_changed_nothing_say_so(oracle):
    found = asked(replace(oracle, rounds=oracle.rounds[1:]))
    assert "The clusters were left as they were" in found.sentences[1]


def test_where_all_scorers_were_refused_none_is_marked(make_result, oracle):
    refused = tuple(replace(scorer, accepted=False) for scorer in oracle.scorers)
    text = text_of(rendered(make_result, oracle=replace(oracle, scorers=refused, chosen=None, rounds=())))
    assert text.count(" refused ") == 2
    assert "✓ chosen" not in text.replace("✓ chosen states 24", "")
    assert "Round 1" not in text


def test_a_run_without_an_oracle_says_so(make_result):
    assert "The language model was not asked" in rendered(make_result, oracle=None)


def test_answers_known_from_before_are_counted(oracle):
    found = asked(replace(oracle, questions=replace(oracle.questions, recalled=1312)))
    assert "1,312 more were stored before." in found.sentences[-1]
