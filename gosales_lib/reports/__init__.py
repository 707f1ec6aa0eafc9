"""Reports: what each notebook reports of its step, and the state of a whole run."""
