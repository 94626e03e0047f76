"""The site's own pages in the admin: keys, people, and what was done here."""

from videomind.admin import keys, people, records

__all__ = ["keys", "people", "records"]
