"""yt-dlp itself: held, told how, and listened to."""
