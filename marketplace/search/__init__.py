"""Full-text search: one Chinese and English analyser, the Whoosh index, facets and counts."""
