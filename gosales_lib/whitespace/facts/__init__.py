"""Facts that support an offer, each a sentence that a rep can say, with an opening question.

All facts come from rows up to the cutoff. A comparison is a fact only where it lies above the
division's own average (`words.ABOVE`).

bought   what customers bought together, in sequence, and like similar customers
profile  traits that first-time buyers had before they bought
group    what another company of the customer's group owns
season   the months of the window are the season of the division
account  what the account owns, what expires, and its growth, size and rhythm
words    the wording of facts
"""
