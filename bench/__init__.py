"""Measurements against what a user would run instead: ratios from one run, never timed tests."""
