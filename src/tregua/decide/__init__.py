"""Stage under construction."""
