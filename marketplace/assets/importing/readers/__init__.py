"""One module per source of documents: the patent and trademark offices' own XML and JSON."""
