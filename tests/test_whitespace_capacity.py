"""Properties of capacity: never exceeded, no excluded customer, always the same."""

from collections import Counter
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sales_rows import random_sales

from gosales_lib.core.terms import UNITS
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import (
    balance,
    capacity,
    exclusions,
    grid,
    payoff,
    potential,
    reps,
    rules,
)

ROW = st.tuples(
    st.integers(0, 9),
    st.sampled_from("ABC"),
    st.sampled_from(["Ann", "Bob", None]),
    st.sampled_from(["N", "S"]),
)


def ranked(rows):
    names = ["customer_id", "division", "rep", "branch"]
    texts = [(f"c{c}", *rest) for c, *rest in rows]
    table = pl.DataFrame(texts, dict.fromkeys(names, pl.String), orient="row")
    return table.with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))


@given(
    st.lists(ROW, max_size=60),
    st.integers(1, 30),
    st.sampled_from([*capacity.MODES]),
    st.floats(0.05, 1.0),
    st.integers(0, 3),
    st.integers(0, 3),
)
def test_capacity_is_never_exceeded(rows, places, mode, max_share, per_rep, per_customer):
    table = ranked(rows)
    most = {"rep": per_rep, "customer_id": per_customer}
    chosen = capacity.choose(table, places, mode, max_share=max_share, most=most)
    assert chosen.height <= places
    assert chosen["rank"].is_sorted()
    assert chosen.equals(capacity.choose(table, places, mode, max_share=max_share, most=most))
    by_division = Counter(chosen["division"])
    assert all(n <= max(1, int(max_share * places)) for n in by_division.values())
    for column, limit in most.items():
        if limit:
            assert all(n <= limit for n in Counter(chosen[column]).values())
    if mode in ("rep", "branch", "division") and rows:
        groups = len(set(table[mode]))
        assert all(n <= max(1, places // groups) for n in Counter(chosen[mode]).values())


@given(st.lists(ROW, min_size=1, max_size=60), st.integers(1, 30))
def test_without_limits_the_best_are_taken(rows, places):
    table = ranked(rows)
    assert capacity.choose(table, places).equals(table.head(places))


@pytest.mark.parametrize(
    ("reps", "places", "taken"),
    [("AAAA", 3, 3), ("AABB", 4, 4), ("AABBCC", 2, 2), ("ABCD", 2, 2)],
)
def test_even_shares_use_all_capacity_that_they_can_fill(reps, places, taken):
    table = ranked([(n, "A", rep, "N") for n, rep in enumerate(reps)])
    assert capacity.choose(table, places, "rep").height == taken


def test_what_capacity_cut_is_counted():
    table = ranked([(n, d, None, "N") for n, d in enumerate("AAAB")])
    chosen = capacity.choose(table, 2, max_share=0.5)
    told = capacity.mark(table, chosen)
    assert told["chosen"].to_list() == [True, False, False, True]
    assert capacity.cuts(told).rows() == [
        ("passed over for a limit or share", 2, 2),
        ("no capacity left", 0, 2),
    ]
    assert capacity.cuts(capacity.mark(table.head(0), table.head(0)))["cut"].to_list() == [0, 0]


def test_hybrid_gives_half_by_score_and_the_rest_in_turn():
    table = ranked([(n, d, None, "N") for n, d in enumerate("AAAAAABBC")])
    chosen = capacity.choose(table, 4, "hybrid")
    assert chosen["division"].to_list() == ["A", "A", "A", "B"]
    chosen = capacity.choose(table, 6, "hybrid")
    assert chosen["division"].to_list() == ["A", "A", "A", "A", "B", "C"]


@pytest.mark.parametrize(
    ("places", "mode", "share", "words"),
    [
        (5, "all", 1.0, "mode 'all' is not known: choose from each_rep, overall"),
        (5, "rep", 0.0, "max_share 0.0 is not a share"),
        (5, "rep", 1.5, "max_share 1.5"),
        (0, "rep", 1.0, "top_n 0 must be at least 1"),
    ],
)
def test_invalid_capacities_are_refused(places, mode, share, words):
    with pytest.raises(ValueError, match=words):
        capacity.choose(ranked([(1, "A", None, "N")]), places, mode, max_share=share)


@given(st.sets(st.tuples(st.integers(0, 9), st.sampled_from(["A", "B", None])), max_size=8))
def test_exclusions_never_appear(barred):
    pairs = [(f"c{c}", d) for c in range(10) for d in ("A", "B")]
    cells = pl.DataFrame(pairs, ["customer_id", "division"], orient="row").with_columns(
        motion=pl.lit("cross-sell"), probability=pl.lit(0.5), expected_gp=pl.lit(1.0)
    )
    rows = [(f"c{c}", d, "open", None) for c, d in sorted(barred, key=str)]
    excluded = pl.DataFrame(rows, exclusions.EXCLUDED, orient="row")
    sales = random_sales(lines=20)
    kept, _ = rules.outcome(
        rules.judge(
            cells,
            rules.Rules(),
            silent=[],
            excluded=excluded,
            sales=sales,
            cutoff=date(2024, 12, 31),
        )
    )
    left = set(kept.select("customer_id", "division").iter_rows())
    told = {(f"c{c}", d) for c, d in barred}
    assert left == {(c, d) for c, d in pairs if (c, d) not in told and (c, None) not in told}


@given(st.integers(0, 10_000), st.integers(1, 36))
def test_no_cell_is_owned_and_whitespace_at_once(seed, lapsed_months):
    sales, window = random_sales(lines=60, customers=8, seed=seed), Window(date(2024, 12, 31), 6)
    people = pl.DataFrame({"customer_id": ["x"], "first_order_date": [None]})
    scored = pl.DataFrame({"customer_id": ["c001"], "division": ["Sim"], "probability": [0.5]})
    scored = scored.with_columns(expected_gp=pl.lit(1.0))
    divisions = ["Solid", "Sim", "CAM"]
    cells = grid.cells(sales, people, scored, divisions, window, UNITS, lapsed_months)
    assert cells.select("customer_id", "division").is_unique().all()
    owned = grid.purchases(sales, window.cutoff)
    states = cells.join(owned, on=["customer_id", "division"], how="semi")["state"]
    assert set(states) <= {"active", "lapsed"}
    rest = cells.join(owned, on=["customer_id", "division"], how="anti")["state"]
    assert set(rest) <= {"whitespace", "not eligible"}
    turned = grid.cells(sales.reverse(), people, scored, divisions, window, UNITS, lapsed_months)
    assert cells.equals(turned)


def test_every_rep_has_their_own_list_and_the_unassigned_one_of_theirs():
    reps = ["Ann", "Ann", "Ann", "Bob", None, None, None]
    table = ranked([(n, "A", rep, "N") for n, rep in enumerate(reps)])
    chosen = capacity.choose(table, capacity.total(table, 0, 2), "each_rep", per_rep=2)
    assert chosen["rep"].to_list() == ["Ann", "Ann", "Bob", None, None]
    told = capacity.mark(table, chosen)
    assert told["rep_rank"].to_list() == [1, 2, 3, 1, 1, 2, 3]
    assert told["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]


def test_a_log_without_reps_is_chosen_from_by_score():
    table = ranked([(n, "A", None, "N") for n in range(5)])
    assert capacity.total(table, 0, 2) == capacity.WITHOUT_REPS
    assert capacity.choose(table, 4, "each_rep", per_rep=2).height == 4
    assert capacity.what_if(table).is_empty()


def test_quotas_of_single_branches_and_divisions_hold():
    table = ranked([(1, "A", "Ann", "N"), (2, "A", "Ann", "S"), (3, "B", "Bob", "N")])
    quotas = {"branch": {"N": 1}, "division": {"B": 5}}
    chosen = capacity.choose(table, 3, quotas=quotas)
    assert chosen["customer_id"].to_list() == ["c1", "c2"]
    assert capacity.choose(table, 3, quotas={"division": {"A": 0}})["division"].to_list() == ["B"]


def test_what_another_capacity_would_bring():
    table = ranked([(n, "A", "Ann" if n else "Bob", "N") for n in range(4)]).with_columns(
        probability=pl.lit(0.5), expected_gp=pl.Series([40.0, 30.0, 20.0, 10.0])
    )
    assert capacity.what_if(table, (1, 3)).rows() == [
        (1, 2, 2, 2, 1.0, 70.0, 35.0),
        (3, 4, 2, 1, 2.0, 100.0, 15.0),
    ]


def people(*rows):
    names = ["customer_id", "rep", "branch"]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")


def judged(*rows):
    names = ["customer_id", "division", "state", "probability", "expected_gp", "cut_by"]
    return pl.DataFrame(rows, names, orient="row")


def listed(*rows):
    schema = {"customer_id": pl.String, "division": pl.String, "rep": pl.String}
    schema |= {"branch": pl.String, "chosen": pl.Boolean, "expected_gp": pl.Float64}
    return pl.DataFrame(rows, schema, orient="row").with_columns(probability=pl.lit(0.5))


def test_a_short_list_says_why():
    who = people(("a", "Ann", "N"), ("b", "Bob", "S"), ("c", None, "S"), ("d", "Eve", None))
    cells = judged(
        ("a", "A", "whitespace", 0.5, 10.0, None),
        ("b", "A", "whitespace", 0.5, -1.0, "not worth a contact"),
        ("b", "B", "active", 0.5, 1.0, "other sales play"),
        ("b", "C", "active", 0.5, 1.0, "other sales play"),
        ("c", "A", "whitespace", 0.5, 4.0, None),
        ("c", "B", "whitespace", 0.5, 3.0, None),
    )
    offers = listed(
        ("a", "A", "Ann", "N", True, 10.0),
        ("c", "A", None, "S", True, 4.0),
        ("c", "B", None, "S", False, 3.0),
    )
    table = reps.lists(who, cells, offers, per_rep=1)
    assert table.select("rep", "branch", "customers", "ranked", "chosen", "expected_gp").rows() == [
        ("Ann", "N", 1, 1, 1, 10.0),
        ("Unassigned", "S", 1, 2, 1, 4.0),
        ("Bob", "S", 1, 0, 0, 0.0),
        ("Eve", None, 1, 0, 0, 0.0),
    ]
    assert table["note"].to_list() == [
        None,
        None,
        "0 of 1: of the other pairs of customer and division 2 already own the division, "
        "1 is not worth a contact.",
        "0 of 1: no further offer is left.",
    ]
    assert balance.sentence(table, offers, balance.tables(table, offers, 0)) == (
        "3 reps, least to most and median: 1 to 1 (1) accounts, 0 to 1 (0) offers to call, "
        "0.0 to 0.5 (0.0) purchases. Less than half the mean number of purchases is expected of "
        "Bob, Eve. Customers without a rep: 1; 2 offers to them are ranked and 1 chosen, which "
        "belong to no list yet."
    )
    nobody = table.filter(rep="Unassigned")
    tables = balance.tables(nobody, offers, 1)
    assert "names no rep" in balance.sentence(nobody, offers, tables)
    longer = reps.lists(who, cells, offers, per_rep=3)
    assert longer["note"][1] == (
        "1 of 3: 1 more offer is ranked, but a limit of the rules applies."
    )


def test_open_potential_covers_the_whole_grid_and_an_unmeasured_one_is_not_0():
    who = people(("a", "Ann", "N"), ("b", None, None))
    cells = judged(
        ("a", "A", "whitespace", 0.5, 10.0, None),
        ("a", "B", "lapsed", 0.5, 5.0, "other sales play"),
        ("b", "A", "whitespace", 0.5, 20.0, "excluded"),
        ("b", "Noise", "whitespace", 0.5, 99.0, "no signal"),
        ("b", "B", "active", 0.9, 50.0, "other sales play"),
    )
    offers = listed(("a", "A", "Ann", "N", True, 10.0))
    table = potential.table(potential.named(cells, who, ["Noise"]), offers)
    assert table.select("by", "name", "pairs", "not_measurable", "open_gp", "chosen_gp").rows() == [
        ("division", "A", 2, 0, 30.0, 10.0),
        ("division", "B", 1, 0, 5.0, 0.0),
        ("division", "Noise", 1, 1, None, 0.0),
        ("branch", "Unassigned", 2, 1, 20.0, 0.0),
        ("branch", "N", 2, 0, 15.0, 10.0),
        ("rep", "Unassigned", 2, 1, 20.0, 0.0),
        ("rep", "Ann", 2, 0, 15.0, 10.0),
    ]
    assert "35 expected gross profit" in potential.sentence(table)
    assert "the division A (30)" in potential.sentence(table)
    assert potential.sentence(table.head(0)).startswith("The open potential cannot be measured")
    unpriced = potential.table(potential.named(cells, who, ["Noise"], by_money=False), offers)
    assert unpriced["open_gp"].null_count() == unpriced.height
    assert unpriced.filter(by="division")["expected_buyers"].to_list() == [1.0, 0.5, None]
    assert "expected purchases" in potential.sentence(unpriced)


def test_no_table_of_the_list_gives_money_that_earlier_windows_refute():
    who = people(("a", "Ann", "N"), ("b", "Bob", "N"), ("c", "Cy", "N"))
    cells = judged(("a", "A", "whitespace", 0.5, 10.0, None))
    offers = listed(("a", "A", "Ann", "N", True, 90.0), ("b", "A", "Bob", "N", True, 10.0))
    chances = pl.Series([0.1, 0.4])
    for trusted, first, worth in ((True, "Ann", 90.0), (False, "Bob", None)):
        told = offers.with_columns(
            rank=pl.Series([1, 2]), gp_trusted=pl.lit(trusted), probability=chances
        )
        lists = reps.lists(who, cells, told, per_rep=1)
        assert (lists["rep"][0], lists.filter(rep="Ann")["expected_gp"][0]) == (first, worth)
        assert lists.filter(rep="Cy")["expected_gp"][0] == (0.0 if trusted else None)
        assert payoff.by_division(told)["expected_gp"].to_list() == [100.0 if trusted else None]
        longer = capacity.what_if(told, (1,))
        assert longer["expected_gp"].to_list() == [100.0 if trusted else None]
        table = potential.table(potential.named(cells, who, [], by_money=trusted), told)
        assert table.filter(by="division")["chosen_gp"].to_list() == [100.0 if trusted else None]
