"""Whitespace: one ranked list over all divisions, of what to offer to whom, how much, and why.

grid      what every customer is to every division
rules     what may be offered, and what each rule cut
exclusions  who must not be called
odds      the probability of a first purchase, corrected
value     what a first purchase brings
ranking   score, grade and order
reasons   why, in words
capacity  the offers that there is time for
icp       the ideal customer profile, and who is closest to it
payoff    what a list brought, beside naive ones
"""
