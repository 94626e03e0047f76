"""The library's disk: its marker, names, staging, moves that never replace, quarantine."""
