"""Reads what the dashboard shows: the run, and the view of a query string."""
