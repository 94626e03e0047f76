"""The player's answer: what can be watched, in which formats, or why not."""

from __future__ import annotations

from datetime import timedelta

from .channels import Video
from .clips import Clip, Clips
from .faults import Fault
from .in_force import Faults
from .lockups import thumbnails
from .refusals import ALLOWED_IN, GONE, Refusal, refusal_for
from .wire import Json

MEDIA_HOST = "rr1---sn-loopback.googlevideo.com"
MANIFEST_URL = "https://manifest.googlevideo.com/api/manifest/hls_variant/id"
OTHER_VIDEO = "other_video"

LANGUAGES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "en": "English",
    "es": "Spanish", "fr": "French", "hi": "Hindi", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
    "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "zh-Hans": "Chinese (Simplified)",
}  # fmt: skip


class Player:
    def __init__(self, faults: Faults, clips: Clips) -> None:
        self._faults, self._clips = faults, clips

    def answer(self, video: Video | None, video_id: str, refused: Refusal | None) -> Json:
        """What a client without a page is told."""
        faults = self._faults.of(video_id)
        refusal = refused or refusal_for(faults)
        if video is None or refusal:
            return _refused(video, video_id, refusal or missing(lost=False))
        answer: Json = {
            "playabilityStatus": {"status": "OK", "playableInEmbed": True},
            "videoDetails": _details(video, faults),
            "streamingData": self._streaming(video, faults),
        }
        if video.captions:
            answer["captions"] = {
                "playerCaptionsTracklistRenderer": {"captionTracks": _tracks(video)}
            }
        return answer

    def page_answer(self, video: Video | None, video_id: str, refused: Refusal | None) -> Json:
        """What the watch page embeds: nothing to download, but microformat and storyboards.

        The web client gets no URLs, as on YouTube, where it is served by another protocol."""
        answer = self.answer(video, video_id, refused)
        playable = answer.pop("streamingData", None) is not None
        if "captions" in answer:
            answer["captions"]["playerCaptionsTracklistRenderer"]["translationLanguages"] = [
                {"languageCode": code, "languageName": {"simpleText": name}}
                for code, name in LANGUAGES.items()
            ]
        if video is not None:
            faults = self._faults.of(video_id)
            answer["microformat"] = {"playerMicroformatRenderer": _microformat(video, faults)}
            if playable:
                spec = {"playerStoryboardSpecRenderer": {"spec": _storyboard(video)}}
                answer["storyboards"] = spec
        return answer

    def _streaming(self, video: Video, faults: frozenset[Fault]) -> Json:
        if Fault.NO_FORMATS in faults:
            return {"expiresInSeconds": "21540"}
        if Fault.LIVE_NOW in faults:
            return {"hlsManifestUrl": f"{MANIFEST_URL}/{video.video_id}/file/index.m3u8"}
        formats = [_format(video, clip) for clip in self._clips.of(video)]
        if Fault.SABR_ONLY in faults:
            for made in formats:
                del made["url"]
        if Fault.DRM in faults:
            for made in formats:
                made["drmFamilies"] = ["WIDEVINE"]
        return {
            "expiresInSeconds": "21540",
            "formats": [made for made in formats if made["itag"] == 18],
            "adaptiveFormats": [made for made in formats if made["itag"] != 18],
        }


def missing(*, lost: bool) -> Refusal:
    reason = "This video has been removed by the uploader" if lost else None
    return Refusal("ERROR", GONE, reason)


def _refused(video: Video | None, video_id: str, refusal: Refusal) -> Json:
    answer: Json = {"playabilityStatus": refusal.playability()}
    if video is not None:
        answer["videoDetails"] = _details(video, frozenset())
        if refusal.upcoming:
            answer["videoDetails"] |= {"isUpcoming": True, "isLiveContent": True}
    return answer


def _details(video: Video, faults: frozenset[Fault]) -> Json:
    live = Fault.LIVE_NOW in faults
    return {
        "videoId": OTHER_VIDEO if Fault.MISMATCH in faults else video.video_id,
        "title": video.title,
        "lengthSeconds": "0" if live else str(round(video.duration)),
        "keywords": list(video.tags),
        "shortDescription": video.description,
        "channelId": video.channel.channel_id,
        "author": video.channel.title,
        "viewCount": str(video.views),
        "thumbnail": {"thumbnails": thumbnails(video.video_id)},
        "isLiveContent": live or video.tab == "streams",
        "isLive": live,
        "isPrivate": False,
    }


def _format(video: Video, clip: Clip) -> Json:
    size = clip.size_for(video)
    made: Json = {
        "itag": clip.itag,
        "url": f"https://{MEDIA_HOST}/videoplayback?id={video.video_id}&itag={clip.itag}",
        "mimeType": clip.mime_type,
        "bitrate": int(size * 8 / video.duration),
        "averageBitrate": int(size * 8 / video.duration),
        "contentLength": str(size),
        "approxDurationMs": str(int(video.duration * 1000)),
        "lastModified": "1790000000000000",
        "projectionType": "RECTANGULAR",
    }
    if clip.height:
        made |= {"width": clip.width, "height": clip.height, "fps": clip.fps}
        made |= {"quality": clip.quality, "qualityLabel": f"{clip.height}p"}
    if clip.has_audio:
        made |= {"audioQuality": "AUDIO_QUALITY_MEDIUM", "audioSampleRate": "44100"}
        made |= {"audioChannels": 2, "quality": made.get("quality", "tiny")}
    return made


def _tracks(video: Video) -> list[Json]:
    return [_track(video.video_id, language, kind) for language, kind in video.captions.items()]


def _track(video_id: str, language: str, kind: str) -> Json:
    automatic = kind == "asr"
    name = LANGUAGES.get(language, language)
    track: Json = {
        "baseUrl": f"/api/timedtext?v={video_id}&lang={language}" + "&kind=asr" * automatic,
        "vssId": f"{'a' * automatic}.{language}",
        "languageCode": language,
        "name": {"simpleText": name + " (auto-generated)" * automatic},
        "isTranslatable": True,
    }
    return track | ({"kind": "asr"} if automatic else {})


def _microformat(video: Video, faults: frozenset[Fault]) -> Json:
    made: Json = {
        "title": {"simpleText": video.title},
        "description": {"simpleText": video.description},
        "lengthSeconds": str(round(video.duration)),
        "ownerProfileUrl": f"http://www.youtube.com/@{video.channel.handle}",
        "externalChannelId": video.channel.channel_id,
        "ownerChannelName": video.channel.title,
        "isFamilySafe": video.family_safe,
        "isUnlisted": video.unlisted,
        "isShortsEligible": video.tab == "shorts",
        "availableCountries": list(ALLOWED_IN) if Fault.GEO in faults else ["DE", "JP", "KR", "US"],
        "category": video.category,
        "viewCount": str(video.views),
        "likeCount": str(video.likes),
        "publishDate": video.uploaded_at.isoformat(),
        "uploadDate": video.uploaded_at.isoformat(),
        "thumbnail": {"thumbnails": thumbnails(video.video_id)},
    }
    if video.tab == "streams" or Fault.LIVE_NOW in faults:
        made["liveBroadcastDetails"] = _broadcast(video, live=Fault.LIVE_NOW in faults)
    return made


def _broadcast(video: Video, *, live: bool) -> Json:
    details = {"isLiveNow": live, "startTimestamp": video.uploaded_at.isoformat()}
    if not live:
        ended = video.uploaded_at + timedelta(seconds=video.duration)
        details["endTimestamp"] = ended.isoformat()
    return details


def _storyboard(video: Video) -> str:
    base = f"https://i.ytimg.com/sb/{video.video_id}/storyboard3_L$L/$N.jpg?sqp=loop"
    return f"{base}|48#27#10#5#5#0#default#rs$loop|80#45#10#5#5#1000#M$M#rs$loop"
