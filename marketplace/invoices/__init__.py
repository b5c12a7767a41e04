"""Invoices (发票) for the exchange's fees: asked for with tax details, issued, taken back by a red one."""
