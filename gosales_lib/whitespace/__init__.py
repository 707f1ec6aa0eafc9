"""Whitespace: one ranked list over all divisions, with product, quantity and reasons per offer.

grid      the state of every customer in every division
rules     which cells may be offered, and what each rule removes
groups    parent companies and their subsidiaries
exclusions  customers that must not be called
crm       open deals and recent contacts
odds      the probability of a first purchase, corrected
value     the gross profit of a first purchase
priced    the baskets of first purchases, at today's prices
closed    the reliability of values, measured on closed windows
ranking   score, grade and order
capacity  the offers that the reps have time for
reps      each rep's list, and the reason if it is short
potential  the expected gross profit of all open cells
products  the lead products of each offer
timing    the month of a purchase, and the order of the calls
facts     facts that support an offer
reasons   the reasons of each offer, in words
judging   lead products, timing and money against later purchases
icp       the ideal customer profile, and the customers closest to it
prospects  companies that never ordered, by their attributes alone
payoff    the result of a list, beside simple baselines
"""
