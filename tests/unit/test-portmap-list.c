/* The list of host ports: as a table and as JSON. */
#include "agent/portmap_list.h"

#include <string.h>

#include "lib/clean.h"
#include "lib/json.h"
#include "tests/tap.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char containers[] =
    "[{\"Id\": \"" ID_A "\", \"Names\": [\"/web-1\", \"/other/link\"]}, {\"Id\": \"" ID_B
    "\", \"Names\": []}]";

static struct mapping leases[] = {
    {.protocol = IPPROTO_TCP,
     .host_port = 28000,
     .container_addr = {AF_INET, {172, 17, 0, 2}},
     .container_port = 80,
     .container_id = ID_A},
    {.protocol = IPPROTO_UDP,
     .host_port = 28001,
     .container_addr = {AF_INET, {172, 17, 0, 3}},
     .container_addr6 = {AF_INET6, {0xfd, [15] = 3}},
     .container_port = 53,
     .container_id = ID_B},
    {.protocol = IPPROTO_SCTP,
     .host_port = 28001,
     .host_addr = {AF_INET6, {0xfd, [15] = 1}},
     .container_addr6 = {AF_INET6, {0xfd, [15] = 2}},
     .container_port = 9,
     .container_id = ID_A},
};

static void is_text(const struct kernel_view *view, const struct docker_view *docker,
                    const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;

    portmap_list_text(view, docker, &text);
    is_str(sbuf_str(&text), wanted, "%s", name);
}

static void is_json(const struct kernel_view *view, const struct docker_view *docker,
                    const char *wanted, const char *name)
{
    CLEAN(json) json_t *doc = portmap_list_json(view, docker);
    char *text = json_dumps(doc, JSON_COMPACT);

    is_str(text, wanted, "%s", name);
    free(text);
}

int main(void)
{
    struct kernel_view view = {.leases = leases, .n_leases = ARRAY_LEN(leases)}, empty = {0};
    struct docker_view docker = {0}, silent = {0};
    struct rest rest = {.protocol = IPPROTO_UDP, .host_port = 28005, .ends = 30.};
    CLEAN(json) json_t *doc = json_parse(containers, strlen(containers), NULL);
    struct element resting = element_from_rest(&rest, 0.);

    docker_view_add_containers(&docker, doc);
    resting.timeout = 30000;
    elements_add(&view.tables[0].sets[RULESET_QUARANTINE], &resting);
    is_text(&view, &docker,
            "HOST PORT             CONTAINER     ADDRESS\n"
            "28000/tcp             web-1         172.17.0.2:80\n"
            "28001/udp             bbbbbbbbbbbb  172.17.0.3:53 [fd00::3]:53\n"
            "[fd00::1]:28001/sctp  web-1         [fd00::2]:9\n"
            "\n1 freed port at rest\n",
            "a name, and an id where Docker says none");
    is_json(&view, &docker,
            "{\"mappings\":[{\"protocol\":\"tcp\",\"host_address\":\"0.0.0.0\","
            "\"host_port\":28000,\"container_address\":\"172.17.0.2\","
            "\"container_address6\":null,\"container_port\":80,"
            "\"container_id\":\"" ID_A "\",\"container_name\":\"web-1\"},"
            "{\"protocol\":\"udp\",\"host_address\":\"0.0.0.0\",\"host_port\":28001,"
            "\"container_address\":\"172.17.0.3\",\"container_address6\":\"fd00::3\","
            "\"container_port\":53,\"container_id\":\"" ID_B "\",\"container_name\":null},"
            "{\"protocol\":\"sctp\",\"host_address\":\"fd00::1\",\"host_port\":28001,"
            "\"container_address\":null,\"container_address6\":\"fd00::2\",\"container_port\":9,"
            "\"container_id\":\"" ID_A "\",\"container_name\":\"web-1\"}],"
            "\"resting\":[{\"protocol\":\"udp\",\"host_port\":28005,\"seconds\":30.0}]}",
            "the same for machines");
    is_text(&empty, &silent, "HOST PORT  CONTAINER  ADDRESS\n", "nothing");
    is_json(&empty, &silent, "{\"mappings\":[],\"resting\":[]}", "nothing for machines");
    elements_done(&view.tables[0].sets[RULESET_QUARANTINE]);
    docker_view_done(&docker);
    return tap_done();
}
