"""The product's settings, with a fork server that does not import yt-dlp: no test job calls it."""

from videomind.settings import *  # noqa: F403

NURSERY_WARM_UP = []
