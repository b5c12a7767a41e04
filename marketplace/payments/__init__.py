"""Money in and out: expected transfers, receipts booked, refunds."""
