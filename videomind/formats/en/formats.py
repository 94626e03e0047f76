"""Times as logs and the API write them: they sort, and read the same everywhere."""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "Y-m-d H:i"
