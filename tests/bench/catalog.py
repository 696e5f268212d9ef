"""A catalog of many services in Consul, without agents: external nodes, written in batches."""

import http.client
import json

BATCH = 64  # operations that one of Consul's transactions takes
NODE = "elsewhere"


class Catalog:
    """Services "s-0".. of one instance for "s-0" and 'instances' for each other; "s-0" is the one
    that changes. Every address is 127.0.0.1; ports are 'first' and up."""

    def __init__(self, first):
        self.first = first
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
        return {"ID": f"s-{number}:{port}", "Service": f"s-{number}", "Address": "127.0.0.1",
                "Port": port, "Meta": {"vhost": f"s-{number}.bench"}}

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

    def remove(self, instance):
        self.ask("PUT", "/v1/catalog/deregister",
                 {"Node": NODE, "ServiceID": self.service(0, instance)["ID"]})
