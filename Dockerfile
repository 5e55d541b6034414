# The image holds the program, the shared libraries it needs, an empty /tmp and an empty /data: no shell, no packages.
#
#   docker build -t tunemock .
#   docker run --rm -p 127.0.0.1:8863:8863 tunemock
#   docker run --rm -p 127.0.0.1:8863:8863 -v tunemock:/data tunemock serve --db /data/tunemock.db

FROM debian:bookworm-slim AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make
WORKDIR /src
COPY scripts/install-deps scripts/install-deps
RUN scripts/install-deps build
COPY . .
RUN make
# The loader and the libraries keep the paths that the program looks for them at.
RUN install -D -s -m 755 build/tunemock /image/tunemock \
    && ldd build/tunemock | grep -o '/[^ ]*' | xargs cp --dereference --parents --target-directory=/image \
    && install -d -m 1777 /image/tmp \
    && mkdir /data

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
# Inside the container only: what is published to the outside is the choice of `docker run -p`.
ENV TUNEMOCK_HOST=0.0.0.0
EXPOSE 8863
HEALTHCHECK --interval=5s --timeout=2s --start-period=5s CMD ["/tunemock", "healthcheck"]
ENTRYPOINT ["/tunemock"]
CMD ["serve"]
