"""One day of the simulated floor on a real server: every step a call, every event an effect."""
