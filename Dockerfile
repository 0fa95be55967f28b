# The server with its connectors, as a user without rights. What it keeps is in /data.
#
#   docker build -t gridwire .
#   docker run -p 8710:8710 -v gridwire:/data -e GRIDWIRE_SECRET_KEY=… -e GRIDWIRE_API_KEY=… gridwire

FROM python:3.11-slim AS build
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY connectors ./connectors
COPY manifests ./manifests
COPY cassettes ./cassettes
RUN python -m venv /opt/gridwire \
    && /opt/gridwire/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --no-create-home gridwire \
    && install --directory --owner=gridwire --group=gridwire --mode=0700 /data
COPY --from=build /opt/gridwire /opt/gridwire
ENV PATH=/opt/gridwire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    GRIDWIRE_DATA=/data \
    GRIDWIRE_HOST=0.0.0.0 \
    GRIDWIRE_PORT=8710 \
    GRIDWIRE_LOG_FORMAT=json
USER gridwire
VOLUME /data
EXPOSE 8710
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8710/readyz', timeout=4)"]
ENTRYPOINT ["gridwire"]
CMD ["serve", "-v"]
