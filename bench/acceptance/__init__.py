"""An acceptance day for picking: a seeded day, two ways to plan it, a floor and a checker."""
