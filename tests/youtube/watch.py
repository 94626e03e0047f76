"""What the watch page knows beside the player: owner, likes, chapters, comments, the heatmap."""

from __future__ import annotations

from .channels import Channel, Playlist, Video
from .lockups import channel_endpoint, clock
from .wire import Json

HEAT = (0.4, 0.7, 1.0, 0.9, 0.6, 0.5, 0.3, 0.35, 0.2, 0.1)


def initial_data(video: Video | None, playlist: Playlist | None = None) -> Json:
    contents = _about(video) if video else []
    columns: Json = {"results": {"results": {"contents": contents}}}
    if playlist:
        columns["playlist"] = {"playlist": _panel(playlist)}
    data: Json = {"contents": {"twoColumnWatchNextResults": columns}}
    if video:
        endpoint = {"watchEndpoint": {"videoId": video.video_id}}
        data |= {"currentVideoEndpoint": endpoint, "engagementPanels": _panels(video)}
        data["frameworkUpdates"] = _heatmap(video)
    return data


def _about(video: Video) -> list[Json]:
    return [
        {"videoPrimaryInfoRenderer": _primary(video)},
        {"videoSecondaryInfoRenderer": _secondary(video)},
    ]


def _primary(video: Video) -> Json:
    count = {"viewCount": {"simpleText": f"{video.views:,} views"}}
    primary: Json = {
        "title": {"runs": [{"text": video.title}]},
        "viewCount": {"videoViewCountRenderer": count},
        "dateText": {"simpleText": video.uploaded_at.strftime("%b %d, %Y")},
        "videoActions": {"menuRenderer": {"topLevelButtons": [_like_button(video)]}},
    }
    if video.location:
        primary["superTitleLink"] = {"runs": [{"text": video.location}]}
        primary["superTitleIcon"] = {"iconType": "LOCATION_PIN"}
    return primary


def _secondary(video: Video) -> Json:
    secondary: Json = {"owner": {"videoOwnerRenderer": _owner(video.channel)}}
    if video.license:
        row = {"title": {"simpleText": "License"}, "contents": [{"simpleText": video.license}]}
        rows = {"rows": [{"metadataRowRenderer": row}]}
        secondary["metadataRowContainer"] = {"metadataRowContainerRenderer": rows}
    return secondary


def _like_button(video: Video) -> Json:
    label = f"like this video along with {video.likes:,} other people"
    button = {"defaultButtonViewModel": {"buttonViewModel": {"accessibilityText": label}}}
    toggle = {"toggleButtonViewModel": {"toggleButtonViewModel": button}}
    like = {"likeButtonViewModel": {"likeButtonViewModel": toggle}}
    return {"segmentedLikeDislikeButtonViewModel": like}


def _owner(channel: Channel) -> Json:
    run = {"text": channel.title, "navigationEndpoint": channel_endpoint(channel)}
    owner: Json = {
        "title": {"runs": [run]},
        "navigationEndpoint": channel_endpoint(channel),
        "subscriberCountText": {"simpleText": f"{channel.subscribers} subscribers"},
    }
    if channel.verified:
        badge = {"style": "BADGE_STYLE_TYPE_VERIFIED", "tooltip": "Verified"}
        owner["badges"] = [{"metadataBadgeRenderer": badge}]
    return owner


def _panels(video: Video) -> list[Json]:
    header = {"contextualInfo": {"runs": [{"text": f"{video.comments:,}"}]}}
    panels: list[Json] = [
        {
            "engagementPanelSectionListRenderer": {
                "panelIdentifier": "engagement-panel-comments-section",
                "header": {"engagementPanelTitleHeaderRenderer": header},
            }
        }
    ]
    if video.chapters:
        markers = {"contents": [_chapter(start, title) for start, title in video.chapters]}
        content = {"content": {"macroMarkersListRenderer": markers}}
        panels.append({"engagementPanelSectionListRenderer": content})
    return panels


def _chapter(start: float, title: str) -> Json:
    shown = {"title": {"simpleText": title}, "timeDescription": {"simpleText": clock(start)}}
    return {"macroMarkersListItemRenderer": shown}


def _heatmap(video: Video) -> Json:
    step = int(video.duration * 1000 / len(HEAT))
    markers = [
        {
            "startMillis": str(index * step),
            "durationMillis": str(step),
            "intensityScoreNormalized": heat,
        }
        for index, heat in enumerate(HEAT)
    ]
    listed = {"markersList": {"markerType": "MARKER_TYPE_HEATMAP", "markers": markers}}
    mutation = {"payload": {"macroMarkersListEntity": listed}}
    return {"entityBatchUpdate": {"mutations": [mutation]}}


def _panel(playlist: Playlist) -> Json:
    url = f"/playlist?list={playlist.playlist_id}"
    return {
        "title": playlist.title,
        "playlistId": playlist.playlist_id,
        "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": url}}},
    }
