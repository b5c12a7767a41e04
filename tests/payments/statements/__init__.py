"""Reading what banks send."""
