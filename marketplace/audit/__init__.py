"""The timeline of every record, and the hash chain that proves it whole."""
