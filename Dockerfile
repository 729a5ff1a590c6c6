# Ringback as an image of one binary and what it reads: docker build -t ringback .
# The targets app and graded are for the compose files: the sample application, and the
# application with a grade of it. All come from one build stage, so an engine compiles the
# module once.
FROM golang:1.26 AS source
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS="-trimpath -buildvcs=false" GOMODCACHE=/cache/mod GOCACHE=/cache/build \
    PROGRAMS="./cmd/ringback ./examples/consumers/go ./examples/consumers/careless"

# Without BuildKit, TARGETOS is empty and this stage is used: the modules have a layer of
# their own, because they change seldom.
FROM source AS build-
ONBUILD ARG GOPROXY
ONBUILD COPY go.mod go.sum ./
ONBUILD RUN go mod download
ONBUILD COPY . .
ONBUILD ARG VERSION
ONBUILD RUN echo "compile the module" && go build -ldflags "-s -w -X main.stamp=$VERSION" -o /out/ $PROGRAMS

# With BuildKit, TARGETOS is linux and this stage is used: a cache mount keeps the modules
# and the compiled packages. The old builder rejects --mount only when it runs the line,
# and a line after ONBUILD runs only in the stage that continues this one.
FROM source AS build-linux
ONBUILD ARG GOPROXY
ONBUILD ARG VERSION
ONBUILD COPY . .
ONBUILD RUN --mount=type=cache,target=/cache echo "compile the module" && go build -ldflags "-s -w -X main.stamp=$VERSION" -o /out/ $PROGRAMS

FROM build-$TARGETOS AS build

FROM scratch AS app
COPY --from=build /out/go /careful
COPY --from=build /out/careless /careless
ENV HOST=0.0.0.0 PORT=3000
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=1s --timeout=2s --retries=30 CMD ["/careful", "healthcheck"]
CMD ["/careful"]

# An application with Ringback in its image, as a grade that starts it needs. It has a shell.
FROM source AS graded
COPY --from=build /out/ringback /out/careless /
COPY --from=build /out/go /careful
USER 65532:65532

FROM scratch
ARG VERSION
LABEL org.opencontainers.image.title="Ringback" \
      org.opencontainers.image.description="Webhook mock server and contract-test harness for messaging webhooks" \
      org.opencontainers.image.version="$VERSION"
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build /out/ringback /ringback
ENV ZONEINFO=/zoneinfo.zip \
    RINGBACK_LISTEN=0.0.0.0:8080 \
    RINGBACK_CONTROL_LISTEN=0.0.0.0:8081 \
    RINGBACK_CONTROL_HOST=ringback
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=1s --timeout=2s --retries=30 CMD ["/ringback", "healthcheck"]
ENTRYPOINT ["/ringback"]
CMD ["serve"]
