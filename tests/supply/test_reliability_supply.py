"""What of the part is quick: every package counts once, and a lock that lost a digest is found each time."""

from reliability import supply


def test_the_locks_are_counted():
    sound, refused = supply._locks(), supply._changed_locks()
    assert (sound.survived, refused.survived) == (sound.tried, refused.tried)
    assert refused.tried >= 200


def test_the_bill_names_every_package():
    bills = supply._bills()
    assert bills.survived == bills.tried
    assert bills.note == "made twice, the same bytes"
