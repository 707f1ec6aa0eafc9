"""Reading sales logs from a database and publishing results to one (SQLAlchemy)."""
