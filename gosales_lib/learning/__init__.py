"""Learning: candidates, calibration, metrics and their rivals; frames in, frames out."""
