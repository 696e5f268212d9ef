"""Checks, states and options of what is registered, in a real Consul agent."""

from test_registrator_consul import NODE, WEB, consul, driver, wait_for  # noqa: F401 (fixtures)

WEB_ID = f"{NODE}:web-1:80"


def checks(consul, instance=WEB_ID):
    """{check id: (type, status, notes)} of what an instance has."""
    return {key: (check["Type"], check["Status"], check["Notes"])
            for key, check in consul.get("/v1/agent/checks").items()
            if check["ServiceID"] == instance}


def index(consul, service="nginx"):
    """Moves with every write to the service in the catalog."""
    [entry] = consul.get(f"/v1/health/service/{service}")
    return entry["Service"]["ModifyIndex"], sorted(c["ModifyIndex"] for c in entry["Checks"])


def passes(driver):
    return int(driver.show().split("passes=")[1])


def stir(consul, name):
    """A stranger's service: the driver looks at what Consul has."""
    consul.put("/v1/agent/service/register", {"Name": "stranger", "ID": f"s{name}", "Port": 1})


def resynced(driver, consul):
    """Two more passes have listed what Consul has."""
    for _ in range(2):
        before = passes(driver)
        stir(consul, before)
        wait_for(lambda: passes(driver) > before, "a pass that the stranger's service has asked for")


def test_every_kind_is_taken(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_HTTP=/health SERVICE_CHECK_TIMEOUT=2s "
                "SERVICE_CHECK_HTTP_METHOD=HEAD SERVICE_CHECK_INTERVAL=1h "
                "SERVICE_CHECK_INITIAL_STATUS=passing SERVICE_CHECK_DEREGISTER_AFTER=24h "
                "SERVICE_CHECK_1_TCP=1 SERVICE_CHECK_1_INTERVAL=1h "
                "SERVICE_CHECK_2_TTL=1h SERVICE_CHECK_2_INITIAL_STATUS=warning "
                "SERVICE_CHECK_3_GRPC=1 SERVICE_CHECK_3_INTERVAL=1h SERVICE_CHECK_3_GRPC_USE_TLS=1 "
                "SERVICE_CHECK_3_TLS_SKIP_VERIFY=1 "
                "SERVICE_CHECK_4_HTTPS=/ SERVICE_CHECK_4_INTERVAL=1h")
    wait_for(lambda: len(checks(consul)) == 5, "five checks")
    kinds = {key: check[0] for key, check in checks(consul).items()}
    assert kinds == {f"service:{WEB_ID}": "http", f"service:{WEB_ID}:2": "tcp",
                     f"service:{WEB_ID}:3": "ttl", f"service:{WEB_ID}:4": "grpc",
                     f"service:{WEB_ID}:5": "http"}
    assert checks(consul)[f"service:{WEB_ID}:3"][1] == "warning"


def test_a_resync_writes_nothing(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_TTL=1h SERVICE_CHECK_INITIAL_STATUS=passing SERVICE_WEIGHT=4 "
                "SERVICE_CHECK_1_TTL=2h")
    wait_for(lambda: len(checks(consul)) == 2, "two checks")
    wait_for(lambda: "registered=1" in driver.show(), "the driver knows")
    wait_for(lambda: len(consul.get("/v1/health/service/nginx")) == 1, "the catalog has it")
    before = index(consul)
    resynced(driver, consul)
    assert index(consul) == before
    assert "changed:" not in driver.log()


def test_changed_checks_replace_the_old_ones(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_TTL=1h SERVICE_CHECK_1_TTL=1h")
    wait_for(lambda: len(checks(consul)) == 2, "two checks")
    driver.want(WEB + " SERVICE_CHECK_TCP=1 SERVICE_CHECK_INTERVAL=1h")
    wait_for(lambda: [c[0] for c in checks(consul).values()] == ["tcp"], "one of another kind")
    driver.want(WEB)
    wait_for(lambda: checks(consul) == {}, "none")


def test_a_draining_one_whose_checks_change_stays_out(consul, driver):
    driver.want(WEB + " draining SERVICE_CHECK_TTL=1h")
    consul.becomes({WEB_ID: "30080 draining"})
    driver.want(WEB + " draining SERVICE_CHECK_TTL=2h")
    wait_for(lambda: driver.log().count("changed: 111111111111") == 1, "it is registered anew")
    consul.becomes({WEB_ID: "30080 draining"})


def test_a_check_that_somebody_removed_comes_back(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_TTL=1h SERVICE_CHECK_1_TTL=1h")
    wait_for(lambda: len(checks(consul)) == 2, "two checks")
    wait_for(lambda: "registered=1" in driver.show(), "the driver knows")
    consul.put(f"/v1/agent/check/deregister/service:{WEB_ID}:2")
    stir(consul, "1")
    wait_for(lambda: len(checks(consul)) == 2, "two checks again")


def test_a_check_of_somebody_else_is_left_alone(consul, driver):
    driver.want(WEB + " SERVICE_CHECK_TTL=1h")
    wait_for(lambda: len(checks(consul)) == 1, "one check")
    consul.put("/v1/agent/check/register",
               {"ID": "mine", "Name": "mine", "ServiceID": WEB_ID, "TTL": "1h"})
    resynced(driver, consul)
    assert set(checks(consul)) == {f"service:{WEB_ID}", "mine"}


def test_script_checks_need_consuls_leave(consul, driver):
    """Consul refuses the registration; the others go on, and the label's owner can be told."""
    driver.want(WEB + " SERVICE_CHECK_SCRIPT=true", "endpoint 2 web-2 nginx:1 80/tcp 30081")
    consul.becomes({f"{NODE}:web-2:80": "30081"})
    wait_for(lambda: "Scripts are disabled" in driver.log(), "Consul's reason is said")


def test_docker_health_is_a_ttl_check(consul, driver):
    health = f"berth-health:{WEB_ID}"
    driver.want(WEB + " starting")
    wait_for(lambda: checks(consul).get(health, ("", ""))[:2] == ("ttl", "critical"), "starting")
    wait_for(lambda: "starting" in consul.get("/v1/agent/checks")[health]["Output"], "said")
    driver.want(WEB + " healthy")
    wait_for(lambda: checks(consul)[health][1] == "passing", "healthy")
    wait_for(lambda: len(consul.get("/v1/health/service/nginx?passing")) == 1, "in the catalog, too")
    driver.want(WEB + " unhealthy")
    wait_for(lambda: checks(consul)[health][1] == "critical", "unhealthy")
    wait_for(lambda: consul.get("/v1/health/service/nginx?passing") == [], "in the catalog, too")
    driver.want(WEB + " healthy")
    wait_for(lambda: checks(consul)[health][1] == "passing", "healthy again")
    driver.want(WEB + " healthy draining")
    consul.becomes({WEB_ID: "30080 draining"})
    driver.want(WEB)
    wait_for(lambda: checks(consul) == {}, "without a health check there is none")
    for word in ("unhealthy: 111111111111", "resumed: 111111111111"):
        wait_for(lambda: word in driver.log(), f"the log says {word}")


def test_a_health_check_that_ran_out_is_told_again(consul, driver):
    """The agent that forgot, or was not told for too long, says critical: that is mended."""
    health = f"berth-health:{WEB_ID}"
    driver.want(WEB + " healthy")
    wait_for(lambda: checks(consul).get(health, ("", ""))[1] == "passing", "healthy")
    wait_for(lambda: "registered=1" in driver.show(), "the driver knows")
    consul.put(f"/v1/agent/check/fail/{health}")
    stir(consul, "1")
    wait_for(lambda: checks(consul)[health][1] == "passing", "healthy again")


def test_paused_is_maintenance(consul, driver):
    driver.want(WEB)
    consul.becomes({WEB_ID: "30080"})
    driver.want(WEB + " paused")
    maintenance = f"_service_maintenance:{WEB_ID}"
    wait_for(lambda: checks(consul).get(maintenance) == ("maintenance", "critical", "paused"),
             "maintenance with its reason")
    driver.want(WEB + " paused draining")
    wait_for(lambda: checks(consul).get(maintenance, ("",) * 3)[2] == "berth: draining",
             "another reason")
    driver.want(WEB)
    wait_for(lambda: checks(consul) == {}, "no maintenance")
    wait_for(lambda: "paused: 111111111111" in driver.log(), "it is said")


def test_weights_and_families(consul, driver):
    driver.want(WEB + " SERVICE_WEIGHT=7 SERVICE_WEIGHT_WARNING=2")
    wait_for(lambda: consul.services().get(WEB_ID, {}).get("Weights") ==
             {"Passing": 7, "Warning": 2}, "weights")
    service = consul.services()[WEB_ID]
    assert service["TaggedAddresses"]["lan_ipv4"] == {"Address": "192.0.2.7", "Port": 30080}
    assert service["TaggedAddresses"]["container"] == {"Address": "172.17.0.9", "Port": 80}
    driver.want(WEB)
    wait_for(lambda: consul.services()[WEB_ID]["Weights"] == {"Passing": 1, "Warning": 1},
             "Consul's own weights")


def test_tags_that_others_may_change(consul, driver):
    driver.want(WEB + " SERVICE_TAGS=ours SERVICE_ENABLE_TAG_OVERRIDE=true")
    consul.becomes({WEB_ID: "30080"})
    wait_for(lambda: len(consul.get("/v1/health/service/nginx")) == 1, "the catalog has it")
    node = consul.get("/v1/agent/self")["Config"]["NodeName"]
    service = consul.services()[WEB_ID]
    consul.put("/v1/agent/service/register", {
        "ID": WEB_ID, "Name": "nginx", "Port": 30080, "Address": service["Address"],
        "Tags": ["theirs"], "Meta": service["Meta"], "EnableTagOverride": True,
        "TaggedAddresses": service["TaggedAddresses"]})
    wait_for(lambda: consul.get(f"/v1/catalog/node/{node}")["Services"][WEB_ID]["Tags"] ==
             ["theirs"], "the catalog has other tags")
    resynced(driver, consul)
    assert consul.services()[WEB_ID]["Tags"] == ["theirs"]
    driver.want(WEB.replace("30080", "30090") + " SERVICE_TAGS=ours SERVICE_ENABLE_TAG_OVERRIDE=true")
    consul.becomes({WEB_ID: "30090", **{key: "1" for key in consul.services() if key[0] == "s"}})
    assert consul.services()[WEB_ID]["Tags"] == ["theirs"]


def test_several_bindings_and_names(consul, driver):
    driver.want(WEB + " SERVICE_NAME=shop,admin", WEB.replace("30080", "30081") +
                " SERVICE_NAME=shop,admin")
    consul.becomes({WEB_ID: "30080", f"{WEB_ID}@192.0.2.7:30081": "30081",
                    f"{WEB_ID}+admin": "30080", f"{WEB_ID}+admin@192.0.2.7:30081": "30081"})
    assert len(consul.get("/v1/agent/health/service/name/admin")) == 2
    driver.want(WEB)
    consul.becomes({WEB_ID: "30080"})
