"""The report of 04_score, from literal rows."""

from datetime import date

import polars as pl

from gosales_lib.learning import scoring


def test_the_report_says_in_a_sentence_who_will_buy_and_how_many_for_the_first_time():
    scores = pl.DataFrame(
        {
            "probability": [0.9, 0.8, 0.3],
            "purchase_type": ["repeat", "new to division", "new to division"],
            "expected_gp": [900.0, 400.0, 30.0],
        }
    )
    report = scoring.report(scores, "A", date(2024, 12, 31))
    assert report.sentence == (
        "Of 3 customers known on 2024-12-31 about 2 will buy A in the window, 1 of them for the "
        "first time; 1,330 gross profit is expected."
    )
