"""The library's pages in the admin: sources, tracks, how they are kept, and their history."""

from channels_app.admin import library, sources, tracks

__all__ = ["library", "sources", "tracks"]
