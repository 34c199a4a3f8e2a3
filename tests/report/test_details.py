"""What people fill in: every field is asked for, and a field that is missing or wrong is named."""

import datetime

import pytest

from bridle.report import details

PERSON = {
    "organisation": "Example Lab", "phone_help": "Robin, +1 555 0100", "support": "Example Line, +1 555 0101",
    "data_holder": "Example Lab", "withdraw": "Write to help@example.org.",
}  # fmt: skip


def written(folder, values):
    file = folder / "details.toml"
    file.write_text("".join(f'{name} = "{text}"\n' for name, text in values.items()))
    return file


def test_what_is_filled_in_is_read(tmp_path):
    assert details.load(written(tmp_path, PERSON), "person") == PERSON | {"keep_until": ""}


@pytest.mark.parametrize("name", PERSON)
def test_every_field_of_the_person_is_required_and_named(tmp_path, name):
    for values in (PERSON | {name: "  "}, {k: v for k, v in PERSON.items() if k != name}):
        with pytest.raises(details.DetailsError, match=rf"details\.toml: {name} must be filled in\. "):
            details.load(written(tmp_path, values), "person")


@pytest.mark.parametrize("audience", details.AUDIENCES)
def test_the_file_to_fill_in_has_every_field_and_is_refused_while_it_is_empty(tmp_path, audience):
    file = tmp_path / "details.toml"
    file.write_text(details.template(audience))
    first = next(iter(details.AUDIENCES[audience]))
    with pytest.raises(details.DetailsError, match=f"{first} must be filled in"):
        details.load(file, audience)
    for name, field in details.AUDIENCES[audience].items():
        assert f"# {field.what}\n{name} = " in file.read_text()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("keep_until = 3", "keep_until: expected text in quotation marks, got 3"),
        ('keep_until = "soon"', "keep_until: expected a day such as \"2026-01-31\", got 'soon'"),
        (
            'keeper = "x"',
            "'keeper' is no field of these details; `bridle report --details-template person` writes them",
        ),
        (f'keep_until = "{"x" * 121}"', "keep_until: expected at most 120 characters, it has 121"),
        ("keep_until = ", "is not TOML"),
        ("keep_until = " + "[" * 20_000, "is not TOML"),
    ],
)
def test_a_wrong_field_is_named(tmp_path, line, said):
    file = written(tmp_path, PERSON)
    file.write_text(file.read_text() + line)
    with pytest.raises(details.DetailsError) as refused:
        details.load(file, "person")
    assert said in str(refused.value)


def test_a_day_may_be_written_as_toml_has_it(tmp_path):
    file = written(tmp_path, PERSON)
    file.write_text(file.read_text() + "keep_until = 2028-02-29")
    assert details.load(file, "person")["keep_until"] == datetime.date(2028, 2, 29).isoformat() == "2028-02-29"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(details.DetailsError, match="nowhere: No such file"):
        details.load(tmp_path / "nowhere", "person")
