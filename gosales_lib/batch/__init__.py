"""Runs the notebooks of a plan in kernels, keeps receipts and a record, and stops cleanly."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
# jsonschema, which nbformat imports, would compile 39 grammars of it for a second, to check
# addresses that no notebook has; it goes without where the module is missing
