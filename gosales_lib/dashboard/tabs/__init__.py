"""The tabs of the dashboard: `page` of the module of a tab's name turns a run into blocks."""

MODULES = {"whitespace": "offers"}
"""The module of a tab, where its name is another."""
