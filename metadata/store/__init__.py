"""From what yt-dlp says of a video to rows: mapped, compared, written."""
