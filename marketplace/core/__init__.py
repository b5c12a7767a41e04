"""What every package stands on: database, clock, money, refusals, permissions, states, events."""
