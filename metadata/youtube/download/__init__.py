"""One video with its captions and picture, verified."""
