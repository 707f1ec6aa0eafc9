"""Whitespace: one ranked list over all divisions, of what to offer to whom, how much, and why.

grid      what every customer is to every division
rules     what may be offered, and what each rule cut
groups    parent companies and their subsidiaries
exclusions  who must not be called
crm       open deals and recent contacts
odds      the probability of a first purchase, corrected
value     what a first purchase brings
priced    what first purchases held, at the prices of today
closed    how far values can be trusted, by windows that had closed
ranking   score, grade and order
capacity  the offers that there is time for
reps      each rep's list, and why it is short
potential  what the whole grid may still bring
products  which products to lead with
timing    when, and in which order to call
facts     what speaks for an offer
reasons   why, in words
judging   products, timing and money on what was bought
icp       the ideal customer profile, and who is closest to it
prospects  companies that never ordered, by their attributes alone
payoff    what a list brought, beside naive ones
"""
