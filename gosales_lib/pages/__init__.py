"""Pages of the dashboard: a run in, blocks out (figures, tables, pictures); nothing is computed.

The same blocks are shown live by `gosales_lib.widgets` and written to one HTML file by `snapshot`.
"""
