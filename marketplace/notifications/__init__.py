"""What happened, told to whom it concerns: inbox and mail."""
