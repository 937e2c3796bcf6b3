# The worker. One image for all stages: what differs comes by environment variables (src/config.ts).
# Needs glibc (the SDK's core is native code), so no Alpine.
FROM node:24-bookworm AS build
WORKDIR /source
# The tools of the build: a layer that changes with the lock file alone.
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts
COPY . .
# Everything that the image holds is made by this one script, which a test runs too.
RUN --mount=type=cache,target=/root/.npm node scripts/worker-tree.mjs /out

FROM node:24-bookworm-slim
ENV NODE_ENV=production
# The SDK's core trusts the system's certificates, which the slim image lacks.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build --chown=root:root /out /app
WORKDIR /app
USER node
# The one place to write: the rest of the file system may be read-only. Fargate's volume takes its rights from here.
VOLUME ["/tmp"]
STOPSIGNAL SIGTERM
ENV ALMANAC_WORKER_HEALTH_PORT=8701
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 CMD ["node", "/app/healthcheck.mjs"]
# The flag is that of src/worker-node-flags.ts.
CMD ["node", "--max-semi-space-size=4", "dist/src/worker/main.js"]
