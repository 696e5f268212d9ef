"""Host ports as others make them: Docker's iptables rules, docker-proxy, and an nft map.

The rules are those of Docker 20.10 for one bridge, as `iptables -S` shows them.
"""

import subprocess

from hosts import CONTAINER
from report import find_program

DOCKER = """*nat
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s {network} ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
{nat}COMMIT
*filter
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-ISOLATION-STAGE-1 - [0:0]
:DOCKER-ISOLATION-STAGE-2 - [0:0]
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A FORWARD -j DOCKER-ISOLATION-STAGE-1
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -o docker0 -j DOCKER
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A FORWARD -i docker0 -o docker0 -j ACCEPT
-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
-A DOCKER-ISOLATION-STAGE-1 -j RETURN
-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
-A DOCKER-ISOLATION-STAGE-2 -j RETURN
-A DOCKER-USER -j RETURN
{filter}COMMIT
"""
NETWORK = "172.17.0.0/16"

NFT_MAP = """add table ip other
add map ip other ports {{ type inet_proto . inet_service : ipv4_addr . inet_service; }}
{elements}"""


def rules_of(host_port, address, port):
    """Docker's three rules for one mapping: (table, words)."""
    return [
        ("nat", ["POSTROUTING", "-s", f"{address}/32", "-d", f"{address}/32", "-p", "tcp", "-m",
                 "tcp", "--dport", str(port), "-j", "MASQUERADE"]),
        ("nat", ["DOCKER", "!", "-i", "docker0", "-p", "tcp", "-m", "tcp", "--dport",
                 str(host_port), "-j", "DNAT", "--to-destination", f"{address}:{port}"]),
        ("filter", ["DOCKER", "-d", f"{address}/32", "!", "-i", "docker0", "-o", "docker0", "-p",
                    "tcp", "-m", "tcp", "--dport", str(port), "-j", "ACCEPT"]),
    ]


def docker_ruleset(mappings):
    """For iptables-restore: Docker's chains with (host port, address, port) in their order."""
    lines = {"nat": "", "filter": ""}
    for mapping in mappings:
        for table, words in rules_of(*mapping):
            lines[table] += f"-A {' '.join(words)}\n"
    return DOCKER.format(network=NETWORK, nat=lines["nat"], filter=lines["filter"])


def docker_rules(host, mappings):
    host.run("iptables-restore", input=docker_ruleset(mappings))


def docker_add(host, mapping):
    """Adds one mapping as dockerd does: for each rule a process that looks, and one that adds."""
    for table, words in rules_of(*mapping):
        host.run("iptables", "--wait", "-t", table, "-C", *words, check=False)
        host.run("iptables", "--wait", "-t", table, "-A", *words)


def docker_remove(host, mapping):
    for table, words in rules_of(*mapping):
        host.run("iptables", "--wait", "-t", table, "-D", *words)


def nft_element(mapping):
    host_port, address, port = mapping
    return f"element ip other ports {{ tcp . {host_port} : {address} . {port} }}"


def nft_map(host, mappings):
    elements = "".join(f"add {nft_element(m)}\n" for m in mappings)
    host.run("nft", "-f", "-", input=NFT_MAP.format(elements=elements))


def docker_proxy(host, host_port, port):
    """Starts the real docker-proxy in front of the container. It reports on descriptor 3."""
    child = host.start("sh", "-c", 'exec "$@" 3>&1 1>/dev/null', "sh", find_program("docker-proxy"),
                       "-proto", "tcp", "-host-ip", "0.0.0.0", "-host-port", str(host_port),
                       "-container-ip", CONTAINER, "-container-port", str(port),
                       stdout=subprocess.PIPE)
    answer = child.stdout.readline()
    assert answer.startswith(b"0"), f"docker-proxy: {answer.decode(errors='replace')}"
    return child
