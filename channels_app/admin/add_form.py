"""The form that adds a channel, a playlist or a video, dressed for people."""

from __future__ import annotations

from typing import Final

from django import forms

from channels_app.models import DownloadProfile
from jobs.admin.add_by_url import AddByUrl
from jobs.forms import JobForm

HELP: Final = {
    "channel_url": "Such as https://www.youtube.com/@handle, with or without a tab.",
    "playlist_url": "Such as https://www.youtube.com/playlist?list=PL…",
    "video_url": "Such as https://www.youtube.com/watch?v=… or https://youtu.be/…",
    "group_name": "Made when there is none of that name. Empty: the default group.",
    "target_group": "Made when there is none of that name. Empty: the channel's own.",
    "tabs": "None ticked: as the address says, else videos, shorts and streams.",
    "max_downloads": "Empty: all of them.",
    "format_selector": "Instead of the profile's preset. Administrators only.",
    "force": "Replaces the files that are here.",
}


class AddSource(AddByUrl):
    def dress(self, form: JobForm) -> None:
        for name, field in form.fields.items():
            field.help_text = HELP.get(name, "")
        if "profile" in form.fields:
            known = DownloadProfile.objects.values_list("slug", "name")
            choices = [("", "As the group or the channel says"), *known]
            form.fields["profile"].widget = forms.Select(choices=choices)
        if "tabs" in form.fields:
            tabs = form.fields["tabs"]
            tabs.widget = forms.CheckboxSelectMultiple(choices=getattr(tabs, "choices", ()))
        address = next(iter(form.fields.values()))
        address.widget = forms.URLInput(attrs={"autofocus": True, "class": "vURLField"})
