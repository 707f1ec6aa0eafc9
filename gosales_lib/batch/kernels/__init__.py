"""Jupyter kernels for the batch: started, forked, pooled, and used by Papermill."""
