"""What the library knows of: sources, tracks, their defaults, and why one is not here."""
