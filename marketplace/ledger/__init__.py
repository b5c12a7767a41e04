"""Double-entry books: accounts, transfers, balances, self-check."""
