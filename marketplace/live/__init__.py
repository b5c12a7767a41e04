"""The live feed of auctions as a process of its own: many readers, one look at the database."""
