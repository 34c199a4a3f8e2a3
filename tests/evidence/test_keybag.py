import pytest
from backups import CLASS_KEYS, FILE_KEY, FIRST_ITERATIONS, PASSWORD, keybag, tlv, wrapped

from bridle.core import FormatError
from bridle.evidence.keybag import WrongKeyError, parse


@pytest.mark.parametrize("double", [True, False])
def test_the_password_opens_the_class_keys_wrapped_under_it(double):
    bag = parse(keybag(double=double))
    assert bag.first_iterations == (FIRST_ITERATIONS if double else 0)
    assert bag.unlock(PASSWORD).keys == CLASS_KEYS


def test_a_file_key_opens_under_its_class_key():
    keys = parse(keybag()).unlock(PASSWORD)
    assert keys.unwrap(wrapped(FILE_KEY, 2)) == FILE_KEY


@pytest.mark.parametrize(
    "key",
    [
        b"",
        wrapped(FILE_KEY)[:-1],
        b"\x09" + wrapped(FILE_KEY)[1:],
        wrapped(FILE_KEY)[:-1] + bytes([wrapped(FILE_KEY)[-1] ^ 1]),
        wrapped(FILE_KEY) + b"x",
    ],
    ids=["empty", "cut", "unknown class", "altered", "too long"],
)
def test_a_key_that_does_not_open_is_none(key):
    assert parse(keybag()).unlock(PASSWORD).unwrap(key) is None


@pytest.mark.parametrize("password", ["", "password", PASSWORD + " "])
def test_another_password_opens_nothing(password):
    with pytest.raises(WrongKeyError):
        parse(keybag()).unlock(password)


def test_keys_are_in_no_representation():
    keys = parse(keybag()).unlock(PASSWORD)
    assert repr(CLASS_KEYS[1])[2:20] not in repr(keys)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tlv(b"AAAA", bytes(65_528)), "no class key"),
        (tlv(b"AAAA", bytes(65_529)), "65537 bytes, more than 65536"),
        (tlv(b"AAAA", b"") * 1_000, "no class key"),
        (tlv(b"AAAA", b"") * 1_001, "entry 1001 "),
        (keybag().replace(tlv(b"DPIC", FIRST_ITERATIONS), tlv(b"DPIC", 100_000_001)), "DPIC of 100000001"),
    ],
)
def test_a_keybag_at_a_bound_is_read_and_above_it_is_not(data, reason):
    with pytest.raises(FormatError, match=reason):
        parse(data)


def test_as_many_rounds_as_a_key_may_ask_for():
    bag = parse(keybag().replace(tlv(b"DPIC", FIRST_ITERATIONS), tlv(b"DPIC", 100_000_000)))
    assert bag.first_iterations == 100_000_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no class key"),
        (keybag()[:-1], "leaves its bounds"),
        (keybag() + b"VERS\xff\xff\xff\xff", "leaves its bounds"),
        (tlv(b"AAAA", b"") * 1_001, "leaves its bounds"),
        (bytes(70_000), "more than 65536"),
        (keybag().replace(tlv(b"SALT", bytes(range(20))), b""), "SALT is missing"),
        (keybag().replace(tlv(b"DPIC", FIRST_ITERATIONS), tlv(b"DPIC", 0xFFFFFFFF)), "DPIC of 4294967295"),
        (keybag().replace(tlv(b"DPIC", FIRST_ITERATIONS), tlv(b"DPIC", 0)), "DPIC of 0"),
    ],
)
def test_a_damaged_keybag_is_a_format_error(data, reason):
    with pytest.raises(FormatError, match=reason):
        parse(data)


def test_class_keys_of_the_device_alone_are_left_out():
    """Class 11 of the fixture is not wrapped under the password (`WRAP` 1)."""
    assert sorted(parse(keybag()).wrapped) == [1, 2, 3, 4]
