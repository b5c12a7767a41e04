"""What the clock and the event log start."""
