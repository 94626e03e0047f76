"""From a verified file in staging to a name in the library."""
