"""From agreed terms to a recorded right and a paid seller."""
