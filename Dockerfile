# syntax=docker/dockerfile:1
# One image with every binary of the fleet; the command says which of them runs.
# The caches below need BuildKit, which is the default of `docker build` and `docker compose`.

FROM rust:1.95.0-slim-bookworm AS build
WORKDIR /src
# Line tables serve whoever debugs a build of their own; in an image they are only size.
ENV CARGO_PROFILE_RELEASE_STRIP=debuginfo
COPY . .
# The cache of target/ is not a part of the image, so the binaries are copied out of it at once.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bins \
        --package noctule --package noctule-api --package noctule-schedules \
        --package 'noctule-worker-*' \
    && mkdir /out \
    && cd target/release \
    && cp noctule api schedules worker-analysis worker-real-time worker-batch worker-pattern \
        worker-notification worker-maintenance /out/

FROM debian:12.14-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /var/lib/noctule --shell /usr/sbin/nologin noctule \
    # A volume that is mounted here for the first time takes over this owner and mode.
    && install --directory --owner=noctule --group=noctule --mode=0700 /var/lib/noctule
COPY --from=build /out/ /usr/local/bin/
ENV NOCTULE_DATA_DIR=/var/lib/noctule \
    NOCTULE_LISTEN=0.0.0.0:8000 \
    NOCTULE_LOG__FORMAT=json
USER noctule
EXPOSE 8000
# For the API and for `noctule up`; the other processes set NOCTULE_HEALTH_LISTEN and ask there.
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s --retries=3 \
    CMD ["noctule", "healthcheck", "--url", "http://127.0.0.1:8000"]
# Alone, the image is the whole fleet in one process on SQLite.
CMD ["noctule", "up"]
