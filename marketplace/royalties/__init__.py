"""After a licence is closed: what the licensee reports each quarter, owes by it, and pays."""
