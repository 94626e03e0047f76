"""What yt-dlp's errors mean: a table of messages, and the one way through it."""
