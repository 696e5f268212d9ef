"""A catalog of many services in Consul, without agents: external nodes, written in batches."""

import http.client
import json

BATCH = 64  # operations that one of Consul's transactions takes
NODE = "elsewhere"
JOURNAL_MAX = 32  # names in a journal


CHANGING = "varying"  # last by name: not among the first ones, which berth watches one by one


class Catalog:
    """Services CHANGING, of one instance, and "s-1".. of 'instances' each. Every address is
    127.0.0.1; ports are 'first' and up. What changes is noted as a berth notes what it registers:
    in the journal that other berths read, a key of Consul's."""

    def __init__(self, first):
        self.first = first
        self.changes = 0
        self.connection = http.client.HTTPConnection("127.0.0.1", 8500, timeout=60)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, json.dumps(body) if body is not None else None)
        answer = self.connection.getresponse()
        text = answer.read()
        assert answer.status == 200, f"{method} {path}: {answer.status} {text[:300]}"
        return json.loads(text)

    def node(self):
        return {"Node": NODE, "Address": "127.0.0.1"}

    def service(self, number, instance):
        port = self.first + instance
        name = f"s-{number}" if number else CHANGING
        return {"ID": f"{name}:{port}", "Service": name, "Address": "127.0.0.1",
                "Port": port, "Tags": ["bench"], "Meta": {
                    "vhost": f"{name}.bench", "berth-node": NODE, "protocol": "tcp",
                    "network": "bridge", "container-port": "8080", "host-port": str(port),
                    "container-id": f"{number:032x}{instance:032x}"},
                "TaggedAddresses": {"container": {"Address": "172.17.0.2", "Port": 8080}}}

    def fill(self, services, instances):
        self.ask("PUT", "/v1/catalog/register", self.node())
        wanted = [(n, i) for n in range(services) for i in range(instances if n else 1)]
        for start in range(0, len(wanted), BATCH):
            self.ask("PUT", "/v1/txn", [
                {"Service": {"Verb": "set", "Node": NODE, "Service": self.service(n, i)}}
                for n, i in wanted[start:start + BATCH]])
        return len(wanted)

    def add(self, instance):
        self.ask("PUT", "/v1/catalog/register",
                 {**self.node(), "SkipNodeUpdate": True, "Service": self.service(0, instance)})
        self.note()

    def remove(self, instance):
        self.ask("PUT", "/v1/catalog/deregister",
                 {"Node": NODE, "ServiceID": self.service(0, instance)["ID"]})
        self.note()

    def note(self):
        self.changes += 1
        self.ask("PUT", f"/v1/kv/berth/changes/{NODE}", {
            "boot": "bench", "at": self.changes,
            "services": [CHANGING] * min(self.changes, JOURNAL_MAX)})
