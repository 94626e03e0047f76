"""Lanes: their limits, and what holds them."""
