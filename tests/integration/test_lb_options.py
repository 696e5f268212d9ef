"""Options of the load balancer: selection, quiescence, HTTPS, metrics; with a real HAProxy."""

import http.client
import os
import ssl
import subprocess

import pytest

from test_lb import (  # noqa: F401: 'lb' is a fixture
    HAPROXY, PATIENCE, free_port, instance, lb, servers, settled, start, wait_for)

pytestmark = pytest.mark.skipif(not os.access(HAPROXY, os.X_OK), reason="there is no haproxy here")


def tagged(tags, *args, **meta):
    return {**instance(*args, **meta), "tags": tags}


def test_selected_instances_only(lb):
    a, b = lb.backend(), lb.backend()
    lb.driver.options["select"] = "meta.environment=mirror !service=internal"
    state = start(lb, [instance(a, 1, environment="mirror"),
                       instance(b, 2, environment="production"),
                       instance(b, 3, "internal", vhost="internal.example", environment="mirror")])
    assert [x["name"] for x in state["backends"]] == ["web"]
    assert servers(state) == {"node:c1:80": "up"}
    assert lb.seen(4) == {str(a.port)}


def test_a_wait_groups_changes(lb):
    backends = [lb.backend() for _ in range(4)]
    lb.driver.options["wait"] = "500ms:60s"
    state = start(lb, [instance(backends[0], 1)])  # the first catalog does not wait
    passes = state["passes"]
    for n in range(2, 5):
        lb.driver.send([instance(x, k + 1) for k, x in enumerate(backends[:n])])
    state = lb.driver.until(lambda s: len(servers(s)) == 4, "all servers")
    # One pass for the three changes: nothing else asks for one within the minute of a resync.
    assert state["passes"] == passes + 1


def make_certificate(directory, name):
    """A self-signed certificate with its key, as HAProxy wants it. Returns its serial number."""
    key, crt = os.path.join(directory, "key"), os.path.join(directory, "crt")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-keyout", key, "-out", crt], check=True, stderr=subprocess.DEVNULL)
    with open(crt, encoding="ascii") as c, open(key, encoding="ascii") as k:
        text = c.read() + k.read()
    certs = os.path.join(directory, "certs")
    os.makedirs(certs, exist_ok=True)
    # HAProxy must never see half a file.
    with open(os.path.join(directory, "new"), "w", encoding="ascii") as f:
        f.write(text)
    os.rename(os.path.join(directory, "new"), os.path.join(certs, "site.pem"))
    return certs


def presented(port):
    """The name in the certificate that the port presents, by OpenSSL; b"" while it does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context)
    try:
        connection.connect()
        return connection.sock.getpeercert(binary_form=True)
    except OSError:
        return b""
    finally:
        connection.close()


def test_https(lb, tmp_path):
    web = lb.backend()
    certs = make_certificate(str(tmp_path), "one.example")
    port = free_port()
    lb.driver.options.update(certs=certs, https_port=port, resync=1)
    start(lb, [instance(web)])
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=context)
    connection.request("GET", "/", headers={"Host": "web.example"})
    answer = connection.getresponse()
    assert (answer.status, answer.read().decode()) == (200, str(web.port))
    connection.close()
    assert lb.get() == (200, str(web.port))
    # A renewed certificate is taken up.
    assert b"one.example" in presented(port)
    make_certificate(str(tmp_path), "two.example")
    wait_for(lambda: b"two.example" in presented(port), "the new certificate")


def test_https_without_certificates(lb, tmp_path):
    web = lb.backend()
    certs = tmp_path / "certs"
    certs.mkdir()
    port = free_port()
    lb.driver.options.update(certs=str(certs), https_port=port, resync=1)
    state = start(lb, [instance(web)])
    assert state["problems"] == [
        f"[lb] certs: there is no certificate in {certs}: put one there, with its key: there is no "
        "HTTPS until then"]
    assert lb.get() == (200, str(web.port))
    make_certificate(str(tmp_path), "one.example")
    lb.driver.until(lambda s: not s["problems"] and settled(s), "HTTPS")
    wait_for(lambda: b"one.example" in presented(port), "the certificate")


def test_metrics(lb):
    web = lb.backend()
    port = free_port()
    lb.driver.options["stats_port"] = port
    start(lb, [instance(web)])
    status, text = lb.get(path="/metrics", port=port)
    assert status == 200
    assert 'haproxy_server_status{proxy="web",server="node:c1:80:' in text
    assert lb.get(port=port)[0] == 200
