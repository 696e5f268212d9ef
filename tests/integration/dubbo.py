"""Dubbo's directory as a consumer reads it: the providers of an interface in ZooKeeper."""

import urllib.parse

try:
    from kazoo.exceptions import NoNodeError
except ImportError:  # the fixture zk skips
    NoNodeError = None

GREETER = "com.acme.Greeter"


def folder(interface=GREETER, root="dubbo"):
    return f"/{root}/{interface}/providers"


class Provider:
    """One node: its name decoded, as Java's URLDecoder does it, and taken to pieces."""

    def __init__(self, name):
        self.name = name
        self.url = urllib.parse.unquote_plus(name)
        parts = urllib.parse.urlsplit(self.url)
        self.protocol, self.host, self.port = parts.scheme, parts.hostname, parts.port
        self.interface = parts.path[1:]
        self.params = dict(pair.split("=", 1) for pair in parts.query.split("&"))
        self.first = parts.query.split("&")[0]

    @property
    def address(self):
        return f"{self.host}:{self.port}"


def providers(zk, interface=GREETER, root="dubbo"):
    """The providers that are URLs, sorted by name."""
    try:
        names = zk.client.get_children(folder(interface, root))
    except NoNodeError:
        return []
    return [Provider(name) for name in sorted(names) if "%3Fanyhost" in name and "99999" not in name]


def owner(zk, provider, interface=GREETER):
    return zk.client.get(f"{folder(interface)}/{provider.name}")[1].ephemeralOwner


def name_of(host, port, interface=GREETER, **params):
    """A node's name as a provider in Java writes it."""
    pairs = {"anyhost": "true", "application": "shop", "category": "providers",
             "dubbo": "2.0.2", "dynamic": "true", "generic": "false", "interface": interface,
             "side": "provider", **params}
    query = "&".join(f"{key}={value}" for key, value in pairs.items())
    return urllib.parse.quote(f"dubbo://{host}:{port}/{interface}?{query}", safe="-._*")
