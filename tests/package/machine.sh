# A machine of our own: systemd as the first process of new namespaces, with $root as its disk.
# Sourced by tests/package/run. Needs root; nothing of the host's but the kernel is shared.

# What runs inside before systemd does.
machine_init() {
    mount --make-rprivate /
    mount --bind "$root" "$root"
    cd "$root"
    mount -t proc proc proc
    mount -t sysfs sysfs sys
    mount -t tmpfs tmpfs run
    mount -t tmpfs -o mode=755 tmpfs dev
    for node in null zero full random urandom tty; do cp -a "/dev/$node" dev/; done
    mkdir dev/pts dev/shm dev/mqueue
    ln -s /proc/self/fd dev/fd
    ln -s pts/ptmx dev/ptmx
    mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
    mount -t tmpfs tmpfs dev/shm
    machine_cgroups
    ip link set lo up
    ip link add uplink type bridge
    ip address add 10.97.0.1/24 dev uplink
    ip link set uplink up
    ip route add default via 10.97.0.2
    mkdir -p .host
    pivot_root . .host
    umount -l /.host
    exec env -i container=berth-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd
}

# Version 2 where the host has it, else what systemd needs of version 1.
machine_cgroups() {
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        return
    fi
    mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
}

machine_start() {
    root=$root unshare --mount --pid --net --uts --ipc --cgroup --fork \
        bash -c ". '$top/tests/package/machine.sh'; machine_init" >"$work/systemd.log" 2>&1 &
    starter=$!
    wait_until "systemd is up" machine_is_up
}

machine_is_up() {
    machine=$(cat "/proc/$starter/task/$starter/children" 2>/dev/null)
    machine=${machine%% *}
    [ "$machine" ] && in_machine systemctl is-system-running 2>/dev/null | grep -qE 'running|degraded'
}

in_machine() {
    nsenter -t "$machine" --all -- "$@"
}

machine_stop() {
    [ -z "${machine:-}" ] || kill -KILL "$machine" 2>/dev/null || true
    [ -z "${starter:-}" ] || wait "$starter" 2>/dev/null || true
    machine='' starter=''
}
