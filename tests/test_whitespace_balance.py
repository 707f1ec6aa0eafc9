"""Balance between reps: worthy offers, free capacity, and accounts that could move."""

import polars as pl

from gosales_lib.whitespace import balance, reps

OFFER = ("customer_id", "division", "rep", "branch", "chosen", "probability")
ROWS = [
    ("a1", "A", "Ann", "N", True, 0.9),
    ("a1", "B", "Ann", "N", True, 0.8),
    ("a1", "C", "Ann", "N", False, 0.7),  # waits, but Ann calls the account already
    ("a2", "A", "Ann", "N", False, 0.6),
    ("u1", "A", None, "N", True, 0.5),
    ("s1", "A", "Sue", "S", True, 0.4),
    ("b1", "A", "Bob", "N", True, 0.3),  # from here on not among the six best
    ("b2", "A", "Bob", "N", True, 0.2),
]


def listed(rows=ROWS):
    table = pl.DataFrame(rows, OFFER, orient="row", infer_schema_length=None)
    return table.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32),
        customer_name=pl.col("customer_id").str.to_uppercase(),
        expected_gp=pl.col("probability") * 100,
    )


def lists():
    rows = [("Ann", "N", 9), ("Bob", "N", 8), ("Sue", "S", 7), (reps.UNASSIGNED, "N", 6)]
    table = pl.DataFrame(rows, ["rep", "branch", "customers"], orient="row")
    return table.with_columns(ranked=pl.lit(2), chosen=pl.lit(2), expected_buyers=pl.lit(1.0))


def test_reps_with_more_worthy_offers_than_capacity_and_with_fewer():
    even = balance.table(listed(), lists(), per_rep=2)
    assert even.drop("branch", "customers").rows() == [
        ("Ann", 2, 4, 2, 0),
        ("Unassigned", 0, 1, 1, 0),
        ("Sue", 2, 0 + 1, 0, 1),
        ("Bob", 2, 0, 0, 2),
    ]


def test_an_account_moves_whole_to_the_rep_of_its_branch_with_most_room():
    tables = balance.tables(lists(), listed(), 2)
    assert tables["moves"].drop("expected_gp").rows() == [
        ("N", "a2", "A2", "Ann", "Bob", 1, "A", 4, 0.6),
        ("N", "u1", "U1", "Unassigned", "Bob", 1, "A", 5, 0.5),
    ]
    # Bob has no empty place: the two displace 0.3 and 0.2
    assert round(balance.gain(listed(), tables["moves"], tables["balance"]), 9) == 0.6
    assert balance.proposal(listed(), **tables) == (
        "Of the 6 best offers of all, 2 wait with 1 rep whose list is full, while 2 reps have 3 "
        "places without one. Within their branch 2 accounts with 2 of these offers could move to "
        "reps with room, for 0.6 more expected purchases. This is a proposal; nothing has been "
        "moved."
    )


def test_no_account_moves_to_another_branch_or_to_a_rep_without_room():
    apart = listed(
        [(*row[:3], "W" if row[0] in ("a2", "u1") else row[3], *row[4:]) for row in ROWS]
    )
    tables = balance.tables(lists(), apart, 2)
    assert tables["moves"].is_empty()
    assert "No account could move within its branch." in balance.proposal(apart, **tables)
    none = balance.tables(lists(), listed(), 0)  # the reps have no list of their own
    assert none["balance"].is_empty()
    assert none["moves"].is_empty()


def test_moves_give_no_money_that_earlier_windows_refute():
    refuted = listed().with_columns(gp_trusted=pl.lit(False))
    tables = balance.tables(lists(), refuted, 2)
    assert tables["moves"]["expected_gp"].to_list() == [None, None]
    assert tables["moves"]["expected_buyers"].to_list() == [0.6, 0.5]


def test_the_list_itself_is_not_touched():
    before = listed()
    balance.tables(lists(), before, 2)
    assert before.equals(listed())
