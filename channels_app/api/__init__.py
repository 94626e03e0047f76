"""The JSON API of the library."""
