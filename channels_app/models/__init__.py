"""The library's tables."""

from channels_app.models.history import Event, LibraryEvent
from channels_app.models.profiles import AudioFormat, Container, DownloadProfile
from channels_app.models.sources import Channel, ChannelGroup, Playlist, PlaylistEntry
from channels_app.models.tracks import Track, TrackFile
from channels_app.models.volumes import MediaVolume

__all__ = [
    "AudioFormat",
    "Channel",
    "ChannelGroup",
    "Container",
    "DownloadProfile",
    "Event",
    "LibraryEvent",
    "MediaVolume",
    "Playlist",
    "PlaylistEntry",
    "Track",
    "TrackFile",
]
