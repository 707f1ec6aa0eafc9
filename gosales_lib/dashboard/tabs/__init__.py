"""The tabs of the dashboard: a run in, blocks out."""
