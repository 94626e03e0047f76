"""What a caller may do."""

from __future__ import annotations

from django.db import models


class Scope(models.TextChoices):
    """Each includes the ones before it."""

    READ = "read", "Read"
    OPERATE = "operate", "Operate"
    ADMIN = "admin", "Administer"

    @property
    def level(self) -> int:
        return list(Scope).index(self)

    def includes(self, wanted: Scope) -> bool:
        return self.level >= wanted.level
