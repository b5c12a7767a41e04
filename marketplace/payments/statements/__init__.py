"""What banks send us: account statements in their many formats, read into one shape. Pure."""
