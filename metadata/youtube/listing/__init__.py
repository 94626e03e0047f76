"""Reading the list of a channel or a playlist."""
