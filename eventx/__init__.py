"""eventx reads news and returns the meetings in it."""
