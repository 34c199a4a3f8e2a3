"""Numbers and times written as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridle.formats import written


@pytest.mark.parametrize(
    ("read", "stored", "meaning"),
    [
        (written.whole, "0", 0),
        (written.whole, "-12", -12),
        (written.whole, "+7", 7),
        (written.whole, "9223372036854775807", 2**63 - 1),
        (written.decimal, "0.5", 0.5),
        (written.decimal, "-3", -3.0),
        (written.decimal, "7.", 7.0),
        (written.zoned, "2023-05-24 13:29:15.759 -0700", datetime(2023, 5, 24, 20, 29, 15, 759000, tzinfo=UTC)),
        (written.zoned, "2023-05-24 13:29:15 +0000", datetime(2023, 5, 24, 13, 29, 15, tzinfo=UTC)),
        (written.zoned, "2025-04-07 07:42:54-0700", datetime(2025, 4, 7, 14, 42, 54, tzinfo=UTC)),
        (written.zoned, "2025-04-07T07:42:54.1234567Z", datetime(2025, 4, 7, 7, 42, 54, 123456, tzinfo=UTC)),
        (written.zoned, "2025-01-02  9:05:06\u202fPM +0530", datetime(2025, 1, 2, 15, 35, 6, tzinfo=UTC)),
        (written.zoned, "2025-01-02 12:05:06 AM +00:00", datetime(2025, 1, 2, 0, 5, 6, tzinfo=UTC)),
        (written.zoned, "2025-01-02 12:05:06 PM +0000", datetime(2025, 1, 2, 12, 5, 6, tzinfo=UTC)),
        (written.zoned, "2026.01.02_03-04-05+0000", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)
def test_meaning(read, stored, meaning) -> None:
    got = read(stored)
    assert (got, type(got)) == (meaning, type(meaning))


@pytest.mark.parametrize(
    ("read", "stored"),
    [
        (written.whole, ""), (written.whole, "1.0"), (written.whole, "9223372036854775808"), (written.whole, 7),
        (written.whole, "9" * 5000), (written.whole, "\u0661"), (written.whole, "1_0"), (written.whole, None),
        (written.decimal, "nan"), (written.decimal, "1e5"), (written.decimal, ""), (written.decimal, 0.5),
        (written.zoned, "2023-05-24 13:29:15"), (written.zoned, "2023-13-24 13:29:15 +0000"), (written.zoned, None),
        (written.zoned, "2023-05-24 24:29:15 +0000"), (written.zoned, "0001-01-01 00:00:00 +0100"),
        (written.zoned, "2023-05-24 13:29:15 PM +0000"), (written.zoned, "2023-05-24 13:29:15 +9900"),
    ],
)  # fmt: skip
def test_what_it_cannot_mean(read, stored) -> None:
    with pytest.raises(ValueError, match="expected "):
        read(stored)
