"""How blocks become HTML, and how figures are worded."""
