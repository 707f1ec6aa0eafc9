"""Facts that speak for an offer, each a sentence that a rep can say, with an opening question.

All facts come from rows up to the cutoff. A comparison is a fact only where it lies above the
division's own average (`words.ABOVE`).

bought   what customers bought together, one after the other, and alike
profile  what first-time buyers had in common before they bought
group    what another company of the customer's group owns
account  what the account owns, what ends, how it grows, how large it is, how it orders
words    how a fact is said
"""
