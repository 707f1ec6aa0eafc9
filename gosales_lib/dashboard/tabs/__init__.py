"""The tabs of the dashboard: each turns a run into blocks."""
