"""How code runs: the interface of the tiers, the choice among them, and what stops a guest."""
