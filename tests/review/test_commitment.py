"""What was expected cannot be changed after the pack was made."""

import hashlib
import json

import pytest

from bridle.review.commitment import Committed, canonical, commit, core_differences, digest, expected, holds, sealed

NONCE = "00" * 32
FINDING = {"level": "high", "id": "a", "evidence": [{"path": "/é", "sha256": None}], "message": "m"}


def test_the_bytes_that_are_hashed():
    text = '[[{"evidence":[{"path":"/\\u00e9","sha256":null}],"id":"a","level":"high","message":"m"}]]'
    assert canonical([[FINDING]]) == text.encode()
    assert digest(NONCE, [[FINDING]]) == hashlib.sha256(bytes(32) + text.encode()).hexdigest()


def test_it_holds_for_what_was_sealed_and_for_nothing_else():
    made = commit([[FINDING], []])
    opened = sealed(made.as_sealed())
    assert holds(made.as_told(), opened)
    assert not holds(made.as_told(), Committed(made.nonce, [[FINDING | {"level": "low"}], []]))
    assert not holds(made.as_told(), Committed(NONCE, opened.cases))
    assert not holds({}, opened)
    assert commit([[FINDING]]).nonce != made.nonce


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"nonce": "0g", "cases": []}', b'{"nonce": "00", "cases": [7]}'])
def test_what_is_no_sealed_review(data):
    with pytest.raises(ValueError, match="expected the sealed findings of a review"):
        sealed(data)


def test_what_the_files_do_not_give_is_not_committed_to():
    again = FINDING | {"message": "another"}
    assert expected([FINDING], {"a": again}) == [
        {"level": "high", "id": "a", "evidence": FINDING["evidence"], "not_committed": ["message"]}
    ]
    assert core_differences(FINDING, again) == []
    assert core_differences(FINDING, FINDING | {"level": "low", "count": 2}) == ["level", "count"]
    assert json.loads(commit([]).as_sealed())["cases"] == []
