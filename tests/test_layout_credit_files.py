"""Credit notes in a file of their own, beside the invoices, with positive numbers."""

from datetime import date, timedelta

import pytest

from gosales_lib import layout_init, sales_log

HEAD = "Document,Posting Date,Customer No,Product Group,Quantity,Net Amount\n"


def lines(number, sign=1, mark="I"):
    """Return rows of 10.00 each, of ten customers and three product groups."""
    rows = [HEAD]
    for i in range(number):
        day, group = date(2024, 1, 1) + timedelta(days=4 * i), ("Pumps", "Valves", "Seals")[i % 3]
        rows.append(f"{mark}{i},{day},{5000 + i % 10},{group},{sign},{sign * 10}\n")
    return "".join(rows)


def proposed(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return layout_init.propose(folder)


@pytest.mark.parametrize(
    "name", ["credit_notes", "Kreeditarve", "Gutschriften", "avoirs_2024", "Devoluciones"]
)
def test_a_file_of_credit_notes_is_asked_about_and_read_as_returns(tmp_path, name):
    proposal = proposed(tmp_path, invoices=lines(60), **{name: lines(10, mark="C")})
    asked = [question for question in proposal.questions if question.startswith("returns")]
    assert f"10 rows of {name}.csv are positive like sales: are they returns?" in asked[0]
    facts = sales_log.read(proposal.layout, tmp_path).transactions
    assert facts["gross_profit"].sum() == 60 * 10 - 10 * 10
    assert facts["quantity"].sum() == 60 - 10


@pytest.mark.parametrize(
    ("first", "second", "sign"),
    [("invoices", "credit_notes", -1), ("returns_2023", "returns_2024", 1), ("north", "south", 1)],
)
def test_negative_credit_notes_and_a_log_of_one_kind_are_not_asked_about(
    tmp_path, first, second, sign
):
    files = {first: lines(60), second: lines(10, sign, mark="C")}
    asked = proposed(tmp_path, **files).questions
    assert not [question for question in asked if question.startswith("returns")]
