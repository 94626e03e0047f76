"""The product against the loopback YouTube, for somebody who wants to see it at work."""
