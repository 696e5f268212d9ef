#!/bin/sh
# Tells Dubbo, before it starts, the host address and the host port that lead here, so that it
# registers what other hosts can reach. Copy it into the image:
#
#     ENTRYPOINT ["/dubbo-entrypoint.sh"]
#     CMD ["java", "-jar", "/app.jar"]
#     EXPOSE 20880
#
# It asks berth, where [agent] self = 172.17.0.1:7708. BERTH_SELF is another such address, DUBBO_PORT
# the port that Dubbo listens on, BERTH_SELF_TRIES how many seconds to ask for. It needs wget or curl.
set -eu

url=http://${BERTH_SELF:-172.17.0.1:7708}/v1/self/${DUBBO_PORT:-20880}
tries=${BERTH_SELF_TRIES:-30}

ask() {
    if command -v curl >/dev/null; then
        curl -fsS -m 5 "$url" 2>/dev/null
    else
        wget -q -O - "$url" 2>/dev/null
    fi
}

until answer=$(ask); do
    tries=$((tries - 1))
    if [ "$tries" -le 0 ]; then
        echo "dubbo-entrypoint: berth does not say at $url which host port leads here" >&2
        exit 1
    fi
    sleep 1
done

DUBBO_IP_TO_REGISTRY=${answer% *}
DUBBO_PORT_TO_REGISTRY=${answer#* }
export DUBBO_IP_TO_REGISTRY DUBBO_PORT_TO_REGISTRY
exec "$@"
