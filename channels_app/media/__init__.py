"""Files of the library over HTTP: ranges, types, captions, and no more than the site can bear."""
