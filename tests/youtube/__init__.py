"""A YouTube on 127.0.0.1 that the real, unmodified yt-dlp lists and downloads from."""

from .catalogue import Catalogue
from .channels import Channel, Playlist, Video
from .faults import Fault
from .loopback import LoopbackYouTube

__all__ = ["Catalogue", "Channel", "Fault", "LoopbackYouTube", "Playlist", "Video"]
