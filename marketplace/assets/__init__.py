"""Rights, their owners, their burdens, their numbers and terms."""
