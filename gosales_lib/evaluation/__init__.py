"""Evaluation: predicted against observed sales (holdout), drift between cutoffs, leakage checks."""
