"""Learning: candidates, calibration, metrics and baselines. Functions take and return frames."""
