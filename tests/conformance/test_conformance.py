"""The analyzer finds what Airflow loads, at least as well as the budget demands."""

from __future__ import annotations

import pytest

from tests.conformance.budget import read_budget
from tests.conformance.corpora import CORPORA, Corpus, analysis_of, truth_of
from tests.conformance.score import compare

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("corpus", CORPORA, ids=lambda corpus: corpus.name)
def test_the_analysis_keeps_the_budget(corpus: Corpus) -> None:
    budget = read_budget()
    assert corpus.name in budget.limits
    figures = compare(truth_of(corpus), analysis_of(corpus)).figures()
    assert list(budget.shortfalls(corpus.name, figures)) == []
