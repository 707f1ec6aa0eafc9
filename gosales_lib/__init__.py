"""Which existing customers will buy from which division next, and the proof of it."""
