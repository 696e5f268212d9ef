# Host ports that berth holds, on the machine of tests/package/run: a container that is a network
# namespace behind docker0, a daemon that says so, and a program that wants the container's port.
# Sourced by tests/package/run.

container_port=28000 # the first of the pool

# The daemon runs outside; its socket is on the machine's disk.
start_docker() {
    mkdir -p "$root/srv"
    python3 "$top/tests/integration/fakedocker.py" "$root/srv/docker.sock" --containers 1 --exposed \
        >"$work/docker.log" 2>&1 &
    docker=$!
    wait_until "Docker answers" grep -q ready "$work/docker.log"
    chmod 666 "$root/srv/docker.sock"
}

stop_docker() {
    [ -z "${docker:-}" ] || kill "$docker" 2>/dev/null || true
    docker=''
}

# What dockerd would have made.
add_container() {
    cat >"$root/srv/container" <<'SCRIPT'
#!/bin/sh
set -e
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link add docker0 type bridge
ip address add 172.17.0.1/16 dev docker0
ip link set docker0 up
ip netns add c0
ip link add vethc0 type veth peer name eth0 netns c0
ip link set vethc0 master docker0 up
ip -n c0 address add 172.17.0.2/16 dev eth0
ip -n c0 link set eth0 up
ip -n c0 link set lo up
ip -n c0 route add default via 172.17.0.1
exec ip netns exec c0 /bin/busybox httpd -f -p 8080 -h /srv/web
SCRIPT
    chmod 755 "$root/srv/container"
    cat >"$root/etc/systemd/system/container.service" <<'UNIT'
[Service]
ExecStart=/srv/container
[Install]
WantedBy=multi-user.target
UNIT
    in_root systemctl enable -q container
}

asks_port() {
    in_machine curl -sS -m 10 "http://10.97.0.1:$container_port/" | grep -qx served
}

stored() {
    property berth NFileDescriptorStore
}

keeps_port() {
    [ "$(stored)" -ge 1 ]
}

keeps_nothing() {
    [ "$(stored)" = 0 ]
}

# Tries to bind the port without a pause, in every way that others might; ends when it succeeds.
start_thief() {
    cat >"$work/thief.py" <<'PYTHON'
import socket, sys
port, tries = int(sys.argv[1]), 0
ways = [(family, address, option)
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET, "10.97.0.1"),
                                (socket.AF_INET6, "::"))
        for option in (None, socket.SO_REUSEADDR, socket.SO_REUSEPORT)]
print("tries", flush=True)
while True:
    for family, address, option in ways:
        with socket.socket(family) as s:
            if option:
                s.setsockopt(socket.SOL_SOCKET, option, 1)
            try:
                s.bind((address, port))
                s.listen()
            except OSError:
                continue
            sys.exit(f"bound {address} option {option}")
PYTHON
    nsenter -t "$machine" --net -- python3 "$work/thief.py" "$container_port" >"$work/thief.log" 2>&1 &
    thief=$!
    wait_until "the thief tries" grep -q tries "$work/thief.log"
}

# It never got the port, and was there until now.
stop_thief() {
    local was_there=yes
    kill "$thief" 2>/dev/null || was_there=no
    wait "$thief" || true
    cat "$work/thief.log"
    [ "$was_there" = yes ] && ! grep -q bound "$work/thief.log"
}

restarted_20_times() {
    local i
    for i in {1..20}; do
        in_machine systemctl restart berth || return 1
        [ -d "/proc/$thief" ] || return 1
    done
}

killed() {
    local before
    before=$(property berth MainPID)
    in_machine systemctl kill --kill-who=main -s KILL berth
    wait_until "another process" is_another "$before"
}

is_another() {
    is_active && [ "$(property berth MainPID)" != "$1" ] && [ "$(property berth MainPID)" != 0 ]
}

# As `docker rm -f`.
remove_container() {
    curl -sS --unix-socket "$root/srv/docker.sock" -X POST http://docker/containers/c-0/kill &&
        curl -sS --unix-socket "$root/srv/docker.sock" -X DELETE http://docker/containers/c-0
}

# berth and the manager have let it go: anybody may have it.
port_is_free() {
    keeps_nothing && nsenter -t "$machine" --net -- python3 -c \
        "import socket; socket.socket().bind(('0.0.0.0', $container_port))"
}
