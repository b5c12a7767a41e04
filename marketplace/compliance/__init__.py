"""What the rules said, about what, on which facts: kept."""
