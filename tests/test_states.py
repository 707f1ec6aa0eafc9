"""The words of the states of deals and orders."""

import pytest

from gosales_lib.core import states
from gosales_lib.core.spelling import plain

WORDS = {state: [plain(word) for word in listed.split()] for state, listed in states.TABLE.items()}


def test_no_word_stands_for_two_states():
    every = [word for words in WORDS.values() for word in words]
    assert sorted(every) == sorted(set(every))


def test_no_form_without_its_ending_stands_for_two_states():
    of_root = {word[:-1]: [] for word in states.FORMS.values()}
    for state, words in WORDS.items():
        for word in words:
            if word[:-1] in of_root and word[-1] in states.VOWELS:
                of_root[word[:-1]].append(state)
    assert all(len(set(found)) == 1 for found in of_root.values())


def test_each_word_of_the_table_is_found_in_a_value():
    for word in (word for words in WORDS.values() for word in words):
        assert states.words_of(f"3. {word.upper()}!") & {word}, word


@pytest.mark.parametrize(
    ("value", "is_over"),
    [("Closed_Won", True), ("\uff37\uff2f\uff2e", True), ("Anul·lada", True), ("ยกเลิกแล้ว", True),
     ("Not cancelled", False), ("Wonder", False), ("Opened", False),
     ("Thất bại", True), ("Không thất bại", True), ("Thất", False), ("не отменён", False),
     ("Анулирана", True), ("Prehratá", True), ("Vyhratá", True), ("Rokovanie", False)],
)  # fmt: skip
def test_whole_words_say_a_state(value, is_over):
    assert bool(states.words_of(value) & states.OVER) == is_over
