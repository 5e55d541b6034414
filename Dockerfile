# The image holds the program, which is one file, licences, an empty /tmp and an empty /data: no shell, no packages.
#
#   docker build -t tunemock .
#   docker run --rm -p 127.0.0.1:8863:8863 tunemock
#   docker run --rm -p 127.0.0.1:8863:8863 -v tunemock:/data tunemock serve --db /data/tunemock.db
#   docker buildx build --platform linux/amd64,linux/arm64 -t REGISTRY/tunemock --push .

# Both processors' programs are built on the machine's own, since compiling under emulation takes ten times as long.
FROM --platform=$BUILDPLATFORM debian:bookworm-slim AS build
ARG TARGETARCH
WORKDIR /src
COPY . .
RUN apt-get update -qq \
    && scripts/build-static ${TARGETARCH:-} \
    && install -D -m 755 build/static/*/tunemock /image/tunemock \
    && install -D -m 644 -t /image/licenses build/static/*/NOTICE LICENSE \
    && install -d -m 1777 /image/tmp \
    && mkdir /data

FROM scratch
LABEL org.opencontainers.image.title="tunemock" \
    org.opencontainers.image.description="A local emulator of the Gemini API's tuned-models service" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
# Inside the container only: what is published to the outside is the choice of `docker run -p`.
ENV TUNEMOCK_HOST=0.0.0.0
EXPOSE 8863
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s CMD ["/tunemock", "healthcheck"]
ENTRYPOINT ["/tunemock"]
CMD ["serve"]
