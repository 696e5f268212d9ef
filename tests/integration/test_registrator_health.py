"""What Docker says of a container - healthy, paused, told to stop - in the registry."""

import threading

from consul import URL
from procs import wait_for
from sandbox import ADDRESS

HEALTH = ("--health-cmd", "cat /www/well", "--health-interval", "1s", "--health-retries", "1",
          "--health-start-period", "0s")
LABELS = ("SERVICE_8080_SERVICE_PORT=8081",)
PATIENCE = 40


def recover(host, name):
    host.docker("exec", name, "sh", "-c", ": >/www/well")


def fall_ill(host, name):
    host.docker("exec", name, "/bin/busybox", "rm", "/www/well")


def statuses(consul, service="web"):
    """{id: {check id: (status, notes)}} of a service's instances, their own checks only."""
    return {entry["Service"]["ID"]: {check["CheckID"]: (check["Status"], check["Notes"])
                                     for check in entry["Checks"] if check["ServiceID"]}
            for entry in consul.health(service)}


def becomes(consul, wanted):
    def same():
        return statuses(consul) == wanted
    wait_for(same, f"Consul has {wanted}", PATIENCE)


def test_health_check_in_consul(host, agent, consul):
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web", *HEALTH, labels=LABELS)
    check = "berth-health:it-node:web-1:8080"
    becomes(consul, {"it-node:web-1:8080": {check: ("critical", "")}})
    recover(host, "web-1")
    becomes(consul, {"it-node:web-1:8080": {check: ("passing", "")}})
    agent.wait_for_servers("web", 1, PATIENCE)
    fall_ill(host, "web-1")
    becomes(consul, {"it-node:web-1:8080": {check: ("critical", "")}})
    agent.wait(lambda s: not agent.servers("web", s), "HAProxy has no server", PATIENCE)


def test_registered_when_healthy(host, agent, consul):
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web", *HEALTH, labels=LABELS + ("berth.register-when=healthy",))
    host.serve("web-2", "web", labels=LABELS)
    becomes(consul, {"it-node:web-2:8080": {}})
    recover(host, "web-1")
    wait_for(lambda: len(statuses(consul)) == 2, "both are registered", PATIENCE)
    fall_ill(host, "web-1")
    becomes(consul, {"it-node:web-2:8080": {}})


def test_pause_is_maintenance(host, agent, consul):
    agent.start(registrator__registry=URL)
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1, PATIENCE)
    host.docker("pause", "web-1")
    try:
        becomes(consul, {"it-node:web-1:8080":
                         {"_service_maintenance:it-node:web-1:8080": ("critical", "paused")}})
        agent.wait(lambda s: not agent.servers("web", s), "HAProxy has no server", PATIENCE)
    finally:
        host.docker("unpause", "web-1")
    becomes(consul, {"it-node:web-1:8080": {}})
    agent.wait_for_servers("web", 1, PATIENCE)


def test_gone_at_the_kill_event(host, agent, consul):
    agent.start(registrator__registry=URL, registrator__on_kill="deregister")
    host.serve("web-1", "web", labels=LABELS, env=("GRACE=60",))
    becomes(consul, {"it-node:web-1:8080": {}})
    stopping = threading.Thread(target=host.docker, args=("stop", "-t", "50", "web-1"))
    stopping.start()
    try:
        becomes(consul, {})
        assert host.api("/containers/web-1/json")["State"]["Running"]
    finally:
        host.docker("kill", "web-1")
        stopping.join()


def test_health_check_in_the_local_registry(host, agent):
    agent.start()
    host.serve("web-1", "web", *HEALTH, labels=LABELS)
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 1, PATIENCE)
    recover(host, "web-1")
    agent.wait_for_servers("web", 2, PATIENCE)
    fall_ill(host, "web-1")
    agent.wait_for_servers("web", 1, PATIENCE)
    host.docker("pause", "web-2")
    try:
        agent.wait(lambda s: not agent.servers("web", s), "HAProxy has no server", PATIENCE)
    finally:
        host.docker("unpause", "web-2")
    agent.wait_for_servers("web", 1, PATIENCE)


def test_ports_of_the_hosts_network(host, agent, consul):
    """Nothing is exposed: SERVICE_PORTS, or Mesos, says what there is."""
    agent.start(registrator__registry=URL, agent__address6="2001:db8::7")
    host.serve("hosted", None, "--network", "host", env=("PORT=8090",), expose=(),
               labels=("SERVICE_PORTS=8090:hosted",))
    host.serve("task", "task", "--network", "host", env=("PORT=31000", "PORT0=31000"), expose=())
    wait_for(lambda: consul.health("hosted") and consul.health("task"), "both are registered",
             PATIENCE)
    service = consul.health("hosted")[0]["Service"]
    assert (service["ID"], service["Address"], service["Port"]) == \
        ("it-node:hosted:8090", ADDRESS, 8090)
    assert service["TaggedAddresses"]["lan_ipv4"] == {"Address": ADDRESS, "Port": 8090}
    assert service["TaggedAddresses"]["lan_ipv6"] == {"Address": "2001:db8::7", "Port": 8090}
    assert consul.health("task")[0]["Service"]["ID"] == "it-node:task:31000"


def test_a_port_that_is_named_is_assigned(host, agent):
    """The image exposes nothing; SERVICE_PORTS makes portmap lead to the port."""
    agent.start()
    host.serve("web-1", None, expose=(), labels=("SERVICE_PORTS=8080:web",) + LABELS)
    agent.wait_for_servers("web", 1, PATIENCE)


def test_bindings_of_both_families(host, agent, consul):
    """One instance for a port that is bound to both, one with an IPv6 address for IPv6 alone."""
    agent.start(registrator__registry=URL, agent__address6="2001:db8::7")
    host.serve("both", "both", "-p", "30080:8080", labels=("SERVICE_CHECK_TCP=1",))
    host.serve("six", "six", "-p", "[::]:30086:8080", labels=("SERVICE_CHECK_TCP=1",))
    wait_for(lambda: consul.health("both") and consul.health("six"), "both are registered", PATIENCE)
    bindings = host.api("/containers/both/json")["NetworkSettings"]["Ports"]["8080/tcp"]
    families = {binding["HostIp"] for binding in bindings}
    [both], [six] = consul.health("both"), consul.health("six")
    tagged = both["Service"]["TaggedAddresses"]
    assert both["Service"]["Address"] == ADDRESS
    if "::" in families:  # IPv6 may be off in the kernel
        assert tagged["lan_ipv6"] == {"Address": "2001:db8::7", "Port": 30080}
    assert (six["Service"]["ID"], six["Service"]["Address"], six["Service"]["Port"]) == \
        ("it-node:six:8080", "2001:db8::7", 30086)
    assert "TaggedAddresses" in six["Service"] and "container" in six["Service"]["TaggedAddresses"]
