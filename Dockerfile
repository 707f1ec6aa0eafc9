# GoSales in a container: `docker build -t gosales .`, then for the batch and for the dashboard
#   docker run --rm -v "$PWD/data:/work/data" -v "$PWD/runs:/work/runs" gosales run --monthly
#   docker run --rm -p 8866:8866 -v "$PWD/runs:/work/runs:ro" -e GOSALES_DASHBOARD_TOKEN=… \
#     gosales dashboard --host 0.0.0.0 --no-browser
FROM python:3.12-slim-bookworm AS build
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE .env.template ./
COPY gosales_lib gosales_lib
COPY notebooks notebooks
COPY layouts layouts
ENV UV_PROJECT_ENVIRONMENT=/opt/gosales UV_LINK_MODE=copy
RUN uv sync --frozen --no-dev --no-editable --compile-bytecode --extra postgres --extra azure \
    && /opt/gosales/bin/gosales new /work

FROM python:3.12-slim-bookworm
# libgomp: LightGBM's threads; unpinned, because Debian keeps only the newest patch release
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --create-home gosales
COPY --from=build /opt/gosales /opt/gosales
COPY --from=build --chown=gosales:gosales /work /work
USER 10001
WORKDIR /work
ENV PATH=/opt/gosales/bin:$PATH PYTHONUNBUFFERED=1
EXPOSE 8866
ENTRYPOINT ["gosales"]
CMD ["doctor"]
