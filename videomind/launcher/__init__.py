"""What `manage.py up` runs: web and cluster in one, kept alive and stopped together."""
