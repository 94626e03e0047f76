"""Work whose worker is gone, and work whose time has come."""
