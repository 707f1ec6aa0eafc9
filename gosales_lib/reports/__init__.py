"""Reports: what each notebook reports of its step, and the state of a whole run."""

from gosales_lib.reports.base import SCHEMA_VERSION, NotAvailableError, Report, read, write

__all__ = ["SCHEMA_VERSION", "NotAvailableError", "Report", "read", "write"]
