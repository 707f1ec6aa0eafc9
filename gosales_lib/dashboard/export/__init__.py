"""Files made from a run's pages: downloads, the offline snapshot and the notebooks' report."""
