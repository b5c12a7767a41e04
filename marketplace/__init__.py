"""The Guangdong IP Exchange. Its packages are the nouns of the trade; see docs/structure.md."""
