# docker build -f docker/device.Dockerfile -t lwm2m-test-device .
# A LwM2M device on libcoap that is bootstrapped, and tells what was written to it: for trying the
# daemon out.
ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        g++ pkg-config libcoap3-dev nlohmann-json3-dev libcli11-dev && \
    rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY tests/interop tests/interop/
RUN cd tests/interop && \
    g++ -std=c++20 -O1 -s -I/source -o /lwm2m-test-device libcoap_device.cpp libcoap_peer.cpp \
        device_options.cpp holdings.cpp registration.cpp \
        $(pkg-config --cflags --libs libcoap-3-gnutls)

FROM ${DEBIAN}
RUN apt-get update && apt-get install -y --no-install-recommends libcoap3 && \
    rm -rf /var/lib/apt/lists/*
COPY --from=build /lwm2m-test-device /usr/bin/
USER 65534:65534
ENTRYPOINT ["lwm2m-test-device"]
