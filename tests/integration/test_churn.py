"""Containers come and go while a client looks."""

import random

from procs import wait_for
from traffic import Traffic

LABELS = ("SERVICE_8080_SERVICE_PORT=8081", "HAPROXY_0_VHOST=web.localhost")


def test_twenty_containers_at_random(host, agent):
    """Started, stopped and killed at random, never fewer than two up: no request fails."""
    chance = random.Random(20)
    agent.start()
    for n in (1, 2):
        host.serve(f"web-{n}", "web", labels=LABELS, env=("GRACE=1", "WHOLE=1"))
    agent.wait_for_servers("web", 2)
    alive, started = [1, 2], 2
    with Traffic(8081) as by_port, Traffic(80, "web.localhost") as by_vhost:
        while started < 20 or len(alive) > 2:
            if started < 20 and (len(alive) <= 2 or chance.random() < 0.6):
                started += 1
                host.serve(f"web-{started}", "web", labels=LABELS, env=("GRACE=1", "WHOLE=1"))
                alive.append(started)
                agent.wait_for_servers("web", len(alive))
            else:
                victim = alive.pop(chance.randrange(len(alive)))
                host.docker(chance.choice(("kill", "stop")), f"web-{victim}")
        agent.wait_for_servers("web", len(alive))
        names = {f"web-{n}" for n in alive}
        by_port.look_again()
        wait_for(lambda: names <= set(by_port.answers), "the last ones all answer")
    by_port.check(200)
    by_vhost.check(200)
    assert agent.haproxy.config().count("web-") >= 2


def test_server_changes_need_no_reload(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    worker = agent.haproxy.worker()
    host.serve("web-2", "web", labels=LABELS)
    agent.wait_for_servers("web", 2)
    host.docker("kill", "web-1")
    agent.wait_for_servers("web", 1)
    assert agent.haproxy.worker() == worker


def test_new_service_reloads_without_a_failure(host, agent):
    agent.start()
    host.serve("web-1", "web", labels=LABELS)
    agent.wait_for_servers("web", 1)
    worker = agent.haproxy.worker()
    with Traffic(8081) as traffic:
        host.serve("api-1", "api", labels=("SERVICE_8080_SERVICE_PORT=8082",))
        agent.wait_for_servers("api", 1)
        total = traffic.total()
        wait_for(lambda: traffic.total() > total + 100, "traffic goes on")
    traffic.check(100)
    assert agent.haproxy.worker() != worker
