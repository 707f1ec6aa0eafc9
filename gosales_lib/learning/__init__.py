"""Learning: candidates, calibration, metrics and baselines; frames in, frames out."""
