"""Files of legal events: the EPO's answers, US assignments, and a table of our own."""
