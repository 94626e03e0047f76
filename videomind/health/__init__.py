"""Whether the site lives and can work, for machines that ask."""
