"""Looking at running code without being in its way."""
