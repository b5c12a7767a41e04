"""The doors to payment service providers: one shape, and what stands behind it."""
