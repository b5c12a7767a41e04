"""Our executor against Whoosh's own search over the same index."""

import pytest
from whoosh.query import And, Or, Term

from marketplace.search import executor
from marketplace.search.index import SearchIndex
from marketplace.search.schema import GRAMS_FIELD, TEXT_FIELDS
from tests.search.examples import document, many

TERMS = ["电池", "动力电池", "控制", "plate", "7", "h01m", "h01m10/613", "珠江", "number", "的"]


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Several segments, with deletions and updates in each."""
    index = SearchIndex(tmp_path_factory.mktemp("parity"), check_seconds=0)
    documents = many(400)
    index.rebuild(documents[:200])
    index.apply(documents[200:320])
    index.apply(documents[320:360])
    index.apply(documents[360:], deletes=[3, 5, 210, 330])
    index.apply([document(7, "动力电池新标题", version=1000), document(250, "控制", version=1000)])
    index.apply(deletes=[9, 399])
    yield index
    index.close()


def any_field(term: str) -> Or:
    return Or([Term(name, term, boost=boost) for name, boost in TEXT_FIELDS.items()])


def test_the_index_of_this_comparison_has_segments_and_deletions(index):
    with index.reading() as snapshot:
        assert len(snapshot.segments) > 1
        assert snapshot.live_count == 394 < snapshot.count


@pytest.mark.parametrize("term", TERMS)
def test_one_term_scores_as_in_whoosh(index, term):
    with index.reading() as snapshot:
        theirs = {
            hit.docnum: hit.score
            for hit in snapshot.searcher.search(any_field(term), limit=None, optimize=False)
        }
        mask, scores = executor.term_score(snapshot, term, TEXT_FIELDS)
        mask &= snapshot.live
        ours = {number: float(scores[number]) for number in mask.nonzero()[0].tolist()}
    assert ours.keys() == theirs.keys()
    assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("second", TERMS)
@pytest.mark.parametrize("first", ["电池", "plate", "h01m"])
def test_two_terms_find_the_same_documents_in_the_same_order_as_in_whoosh(index, first, second):
    with index.reading() as snapshot:
        query = And([any_field(first), any_field(second)])
        hits = snapshot.searcher.search(query, limit=None, optimize=False)
        theirs = {hit.docnum: hit.score for hit in hits}
        one, other = (executor.term_score(snapshot, term, TEXT_FIELDS) for term in (first, second))
        mask = one[0] & other[0] & snapshot.live
        scores = one[1] + other[1]
        ours = {number: float(scores[number]) for number in mask.nonzero()[0].tolist()}
    assert ours.keys() == theirs.keys()
    if first != second:
        assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize("gram", ["电", "池热", "的"])
def test_characters_are_marked_as_in_whoosh(index, gram):
    with index.reading() as snapshot:
        theirs = set(snapshot.searcher.docs_for_query(Term(GRAMS_FIELD, gram)))
        ours = {number for number in snapshot.marked(gram).tolist() if snapshot.live[number]}
    assert ours == theirs


def test_an_updated_document_is_there_once(index):
    with index.reading() as snapshot:
        assert len(list(snapshot.searcher.docs_for_query(Term("key", "7")))) == 1
        shown = [snapshot.shown(number)[0] for number in snapshot.live.nonzero()[0].tolist()]
    assert len(shown) == len(set(shown)) == 394


def test_a_small_cache_changes_no_answer(index):
    small = SearchIndex(index.path, cache_bytes=1)
    try:
        with index.reading() as one, small.reading() as other:
            for term in TERMS:
                ours = executor.term_score(one, term, TEXT_FIELDS)
                theirs = executor.term_score(other, term, TEXT_FIELDS)
                assert all((a == b).all() for a, b in zip(ours, theirs, strict=True))
    finally:
        small.close()
