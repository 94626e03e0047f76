"""Processes: the child behind the wall, the fork server, worker slots, pids."""
