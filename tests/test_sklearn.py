"""The scikit-learn transformer: what its columns count, and that it is one like others."""

from __future__ import annotations

import pickle
import re

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.validation import validate_data

from eventx.sklearn import COUNTS, MeetingFeatures

TEXTS = [
    "Angela Merkel met Emmanuel Macron in Paris on Friday.",
    "Shares fell in early trading.",
    "",
    "Peru and Chile met in Lima on Tuesday.\n\n"
    "Angela Merkel will host a video conference with Peru on Monday.",
    "👩‍👩‍👧 \ud800 שלום\r\n\x00",
]

# What `check_estimator` leaves out: checks of the names and the kind of what comes out.
OUTPUTS = {
    name: check
    for name, check in vars(estimator_checks).items()
    if re.fullmatch(r"check_\w*(output_transform|feature_names_out)\w*", name)
}
REASON = "names of what goes in are ignored, as by scikit-learn's own vectorizers of texts"
FAIL = {name: REASON for name in OUTPUTS if name.startswith("check_transformer_get_feature_names_out")}


class Rows(MeetingFeatures):
    """Reads a text for each row of numbers, since these are what the checks make."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags

    def _learn(self, rows):
        validate_data(self, rows)
        return super()._learn(rows)

    def _count(self, rows):
        numbers = (int(7 * abs(sum(row))) for row in validate_data(self, rows, reset=False))
        return super()._count([TEXTS[number % len(TEXTS)] for number in numbers])


@pytest.fixture
def dense():
    return MeetingFeatures(sparse_output=False)


def row(features, text):
    """The counts of a text that are not zero, by name."""
    (counts,) = features.transform([text])
    return {
        name: count for name, count in zip(features.get_feature_names_out(), counts, strict=True) if count
    }


@estimator_checks.parametrize_with_checks([Rows(sparse_output=False)])
def test_scikit_learns_checks(estimator, check, nlp, monkeypatch):
    monkeypatch.setattr(Rows, "_load", lambda self: nlp)
    check(estimator)


@pytest.mark.parametrize("name", OUTPUTS)
def test_scikit_learns_checks_of_the_output(name, nlp, monkeypatch, request):
    if name in FAIL:
        request.applymarker(pytest.mark.xfail(reason=FAIL[name], raises=AssertionError, strict=True))
    monkeypatch.setattr(Rows, "_load", lambda self: nlp)
    OUTPUTS[name]("Rows", Rows(sparse_output=False))


def test_columns_count_meetings_and_who_takes_part(dense):
    dense.fit(TEXTS)
    assert row(dense, TEXTS[0]) == {
        **{
            "meetings": 1,
            "status=occurred": 1,
            "format=in_person": 1,
            "participants": 2,
            "places": 1,
            "dates": 1,
        },
        **{"actor=Angela Merkel": 1, "actor=Emmanuel Macron": 1},
    }
    assert row(dense, TEXTS[3]) == {
        **{
            "meetings": 2,
            "status=occurred": 1,
            "status=scheduled": 1,
            "format=in_person": 1,
            "format=virtual": 1,
        },
        **{"participants": 4, "hosts": 1, "places": 1, "dates": 2},
        **{"actor=Angela Merkel": 1, "actor=Peru": 2, "actor=Chile": 1},
    }
    assert row(dense, TEXTS[1]) == row(dense, "") == row(dense, TEXTS[4]) == {}


def test_counts_are_those_of_the_documents_meetings(dense, nlp, gold):
    document = nlp(gold.text)
    counts = row(dense.fit([gold.text]), gold.text)
    assert counts["meetings"] == len(document.meetings) > 1
    for role in ("participants", "chairs"):
        assert counts[role] == sum(len(getattr(meeting, role)) for meeting in document.meetings)
    for status in ("occurred", "scheduled"):
        found = sum(meeting.status == status for meeting in document.meetings)
        assert counts.get(f"status={status}", 0) == found
    with_borrell = [
        meeting
        for meeting in document.meetings
        if any(actor.name == "Josep Borrell" for actor in (*meeting.participants, *meeting.chairs))
    ]
    assert counts["actor=Josep Borrell"] == len(with_borrell) > 1


def test_countries_in_place_of_names():
    features = MeetingFeatures(actors="country", sparse_output=False).fit(TEXTS)
    assert list(features.get_feature_names_out()[len(COUNTS) :]) == ["country=CL", "country=PE"]
    assert row(features, TEXTS[3])["country=PE"] == 2


@pytest.mark.parametrize(
    ("min_df", "actors"), [(1, 4), (2, 1), (3, 0), (0.0, 4), (0.4, 1), (0.41, 0), (np.int64(2), 1)]
)
def test_actors_of_few_texts_are_no_features(min_df, actors):
    features = MeetingFeatures(min_df=min_df).fit(TEXTS)
    assert len(features.vocabulary_) == actors
    if actors == 1:
        assert features.vocabulary_ == {"actor=Angela Merkel": len(COUNTS)}


def test_an_actor_that_fit_did_not_see_is_left_out_but_counted_as_a_participant(dense):
    dense.fit(TEXTS)
    found = row(dense, "Peru met Mexico in Quito.")
    assert found["participants"] == 2
    assert [name for name in found if name.startswith("actor=")] == ["actor=Peru"]


def test_names_are_those_of_the_columns(dense):
    matrix = dense.fit_transform(TEXTS)
    names = dense.get_feature_names_out()
    assert tuple(names[: len(COUNTS)]) == COUNTS
    assert len(names) == len(set(names)) == matrix.shape[1]
    assert {name: names.tolist().index(name) for name in dense.vocabulary_} == dense.vocabulary_
    assert list(dense.vocabulary_) == sorted(dense.vocabulary_)
    assert matrix[0, dense.vocabulary_["actor=Emmanuel Macron"]] == 1


def test_names_can_be_written_in_any_form(dense):
    names = dense.fit(["Angela Mer\ud800kel met \ud800 Macron and Peru in Paris."]).get_feature_names_out()
    assert len(names) > len(COUNTS)
    assert "\n".join(names).encode("utf-8")


def test_texts_may_carry_their_date_and_come_in_any_iterable(dense):
    expected = dense.fit_transform(TEXTS)
    items = [{"text": text, "date": "2021-06-03"} for text in TEXTS]
    for texts in (tuple(TEXTS), iter(TEXTS), np.array(TEXTS, dtype=object), items):
        assert (dense.transform(texts) == expected).all()


def test_rows_of_a_frame_may_lack_a_date_or_id(dense):
    days = pd.to_datetime(["2021-06-03", None, None])
    ids = [1.0, float("nan"), float("nan")]
    frame = pd.DataFrame({"text": [TEXTS[0], TEXTS[3], TEXTS[1]], "date": days, "id": ids})
    plain = dense.fit_transform(frame.text.tolist())
    np.testing.assert_array_equal(dense.fit_transform(frame.to_dict("records")), plain)
    missing = [{"text": text, "date": pd.NA, "id": pd.NA} for text in frame.text]
    np.testing.assert_array_equal(dense.transform(missing), plain)


def test_fit_and_transform_are_fit_transform_whatever_is_fitted_before(dense):
    expected = dense.fit_transform(TEXTS)
    assert dense.fit(TEXTS[:1]).vocabulary_.keys() == {"actor=Angela Merkel", "actor=Emmanuel Macron"}
    assert dense.fit(TEXTS, y=[0] * len(TEXTS)) is dense
    assert (dense.transform(TEXTS) == expected).all()


def test_rows_do_not_depend_on_order_or_neighbours(dense):
    expected = dense.fit_transform(TEXTS)
    assert (dense.transform(TEXTS[::-1]) == expected[::-1]).all()
    assert (np.vstack([dense.transform([text]) for text in TEXTS]) == expected).all()


def test_output_is_sparse_unless_a_dense_one_is_asked_for(dense):
    sparse = MeetingFeatures().fit_transform(TEXTS)
    assert issparse(sparse)
    found = dense.fit_transform(TEXTS)
    assert isinstance(found, np.ndarray)
    assert (sparse.toarray() == found).all()
    assert np.issubdtype(sparse.dtype, np.integer)


def test_a_data_frame_has_the_names(dense):
    texts = pd.Series(TEXTS[:4])
    frame = dense.set_output(transform="pandas").fit_transform(texts)
    assert list(frame.columns) == list(dense.get_feature_names_out())
    assert frame["actor=Peru"].tolist() == [0, 0, 0, 2]
    with pytest.raises(ValueError, match="sparse"):
        MeetingFeatures().set_output(transform="pandas").fit_transform(texts)
    assert MeetingFeatures().set_output(transform="pandas").fit(texts).vocabulary_


def test_no_texts(dense):
    with pytest.raises(ValueError, match="no texts"):
        dense.fit([])
    assert dense.fit(TEXTS).transform([]).shape == (0, len(dense.get_feature_names_out()))
    assert MeetingFeatures().fit_transform([""]).shape == (1, len(COUNTS))


@pytest.mark.parametrize(
    ("texts", "error", "message"),
    [
        ("They met.", ValueError, "a single string"),
        (pd.DataFrame({"text": TEXTS[:4]}), ValueError, "a table: select the column"),
        (np.zeros((2, 2)), ValueError, "a table"),
        (["They met.", None], TypeError, "item 2: "),
        ([b"They met."], TypeError, "item 1: "),
        ([{"text": "They met.", "date": "soon"}], ValueError, "item 1: date is 'soon'"),
    ],
)
def test_what_is_no_text_is_an_error(dense, texts, error, message):
    with pytest.raises(error, match=message):
        dense.fit(texts)
    dense.fit(TEXTS)
    with pytest.raises(error, match=message):
        dense.transform(texts)


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ({"actors": "title"}, "actors is 'title'"),
        ({"min_df": 0}, "min_df is 0"),
        ({"min_df": 1.5}, "min_df is 1.5"),
        ({"min_score": -1}, "min_score is -1"),
        ({"model": "nowhere"}, "nowhere is no model folder"),
    ],
)
def test_a_wrong_parameter_is_an_error_of_fit(parameter, message):
    features = MeetingFeatures(**parameter)
    assert features.get_params()[next(iter(parameter))] == next(iter(parameter.values()))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        features.fit(TEXTS)


def test_before_fit_there_is_nothing(dense):
    with pytest.raises(NotFittedError):
        dense.transform(TEXTS)
    with pytest.raises(NotFittedError):
        dense.get_feature_names_out()
    with pytest.raises(NotFittedError):
        clone(dense.fit(TEXTS)).transform(TEXTS)


def test_min_score_leaves_out_what_is_less_sure():
    text = "They met. Some say that both could confer later."
    sure, all_ = (MeetingFeatures(min_score=score).fit_transform([text]) for score in (1.0, 0.0))
    assert sure[0, 0] < all_[0, 0]


def test_a_fitted_transformer_can_be_pickled_and_dumped_without_its_model(dense, tmp_path):
    expected = dense.fit_transform(TEXTS)
    data = pickle.dumps(dense)
    assert len(data) < 10_000
    joblib.dump(dense, tmp_path / "features.joblib")
    for again in (pickle.loads(data), joblib.load(tmp_path / "features.joblib")):
        assert (again.transform(TEXTS) == expected).all()
        assert list(again.get_feature_names_out()) == list(dense.get_feature_names_out())
    assert (dense.transform(TEXTS) == expected).all()


def test_a_classifier_learns_from_it_in_a_pipeline_and_a_grid():
    texts, labels = TEXTS[:4] * 3, [1, 0, 0, 1] * 3
    model = make_pipeline(MeetingFeatures(), LogisticRegression())
    assert list(model.fit(texts, labels).predict(["Norway met Peru in Oslo.", "Rain is likely."])) == [1, 0]
    grid = {"meetingfeatures__min_df": [1, 2], "meetingfeatures__actors": ["name", "country"]}
    search = GridSearchCV(model, grid, cv=2, error_score="raise").fit(texts, labels)
    assert search.best_score_ == 1.0
    assert len(search.cv_results_["params"]) == 4


def test_a_column_of_a_table_is_taken_by_a_column_transformer():
    table = pd.DataFrame({"body": TEXTS[:4], "length": [1, 2, 3, 4]})
    columns = ColumnTransformer([("news", MeetingFeatures(), "body"), ("rest", "passthrough", ["length"])])
    matrix = columns.fit_transform(table)
    names = columns.get_feature_names_out().tolist()
    assert matrix.shape == (4, len(names))
    assert {"news__meetings", "news__actor=Peru", "rest__length"} <= set(names)
