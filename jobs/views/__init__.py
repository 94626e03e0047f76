"""The console's pages under /jobs/: read the request, call one thing, say what happened."""
