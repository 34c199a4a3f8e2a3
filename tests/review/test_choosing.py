"""Which findings are reviewed, and which cannot be."""

from bridle.review.choosing import reviewed


class Told:
    """A case of which only the findings are asked."""

    def __init__(self, *found):
        self._found = found

    def findings(self):
        return list(self._found)


def finding(name, level, value="lure.example.org", locator="T:1"):
    return {
        "id": name, "level": level, "indicator": {"kind": "domain", "value": value},
        "evidence": [{"table": "ios.sms.message", "path": "/p", "sha256": "ab", "locator": locator}],
    }  # fmt: skip


def test_from_medium_on_and_nothing_that_is_restricted():
    found = [
        finding("a", "critical"), finding("b", "medium"), finding("c", "low"), finding("d", "informational"),
        finding("e", "high", value="restricted indicator 1"), finding("f", "high", locator="restricted row 1"),
        finding("g", "high") | {"indicator": None},
    ]  # fmt: skip
    asked, withheld = reviewed(Told(*found))
    assert [f["id"] for f in asked] == ["a", "b", "g"]
    assert [f["id"] for f in withheld] == ["e", "f"]
