"""What the dashboard reads: the run that is shown, and the view that a query string asks for."""
