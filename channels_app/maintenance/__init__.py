"""What keeps the library tidy by itself."""
