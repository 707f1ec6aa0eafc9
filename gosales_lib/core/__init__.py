"""The ground floor: time, columns, settings, spelling, logging and the other shared basics."""
