"""People, organisations, memberships, capabilities, sign-in."""
