# docker build -t roundhouse .
# docker run -p 8080:8080 -v $PWD/models:/models -v $PWD/config:/config roundhouse
# The steps are functions of tools/container/build.sh, so that they can also be run without Docker.
FROM swift:6.3-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make libsqlite3-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY . .
RUN tools/container/build.sh build /source /stage

FROM debian:bookworm-slim
COPY --from=build /stage /stage
RUN /stage/share/roundhouse/container/build.sh system && \
    /stage/share/roundhouse/container/build.sh install /stage /opt/roundhouse && \
    /stage/share/roundhouse/container/build.sh engine /opt/roundhouse && \
    /stage/share/roundhouse/container/build.sh run-check /opt/roundhouse && \
    rm -rf /stage && \
    useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin roundhouse && \
    mkdir -p /data /models /config && cp /opt/roundhouse/share/roundhouse/models/* /models/ && \
    chown -R roundhouse /data /models /config
ENV ROUNDHOUSE_MODELS=/models ROUNDHOUSE_CONFIG=/config ROUNDHOUSE_DATA=/data \
    ROUNDHOUSE_ENGINES=/opt/roundhouse/share/roundhouse/engines \
    PATH=/opt/roundhouse/bin:$PATH
USER roundhouse
WORKDIR /data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["/opt/roundhouse/share/roundhouse/container/entrypoint.sh"]
