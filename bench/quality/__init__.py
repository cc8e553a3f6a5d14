"""Answers of the planners beside the best values that anyone has published."""
