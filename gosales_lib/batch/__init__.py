"""Running: the plan of a run, its kernels, receipts and record, and how it stops."""
