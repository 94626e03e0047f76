# One image for web and workers: `docker run -p 8000:8000 -v videomind:/data videomind`
FROM python:3.13-slim

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ffmpeg \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home videomind \
    && install --directory --owner=videomind --group=videomind --mode=0700 /data /media

WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY manage.py pyproject.toml ./
COPY videomind videomind
COPY channels_app channels_app
COPY metadata metadata
COPY jobs jobs
COPY templates templates
COPY static static
RUN python -m compileall -q videomind channels_app metadata jobs

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/data \
    DATA_DIR=/data \
    MEDIA_ROOT=/media \
    HOST=0.0.0.0 \
    PORT=8000
USER videomind
VOLUME ["/data", "/media"]
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]

# SIGTERM stops both within GRACEFUL_TIMEOUT and 8 s: give `docker stop` more than that.
CMD ["python", "manage.py", "up"]
