# Ringback as an image of one file and what it reads: docker build -t ringback .
FROM golang:1.26 AS build
ARG GOPROXY
WORKDIR /src
# The modules change seldom, so they have a layer of their own.
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.stamp=$VERSION" -o /out/ringback ./cmd/ringback

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
    RINGBACK_CONTROL=0.0.0.0:8081 \
    RINGBACK_CONTROL_HOST=ringback
USER 65532:65532
EXPOSE 8080 8081
HEALTHCHECK --interval=1s --timeout=2s --retries=30 CMD ["/ringback", "healthcheck"]
ENTRYPOINT ["/ringback"]
CMD ["serve"]
