/* Lines of Docker's event stream. */
#include "agent/docker_event.h"

#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static const char *const kinds[] = {"other", "container", "kill", "network"};

static void describe_file(const char *name, struct sbuf *out)
{
    CLEAN(free_str) char *path = xasprintf("fixtures/%s", name);
    CLEAN(free_str) char *text = tests_read(path, NULL);

    for (const char *line = text; *line;) {
        size_t len = strcspn(line, "\n");
        CLEAN(err) struct err *err = NULL;
        struct docker_event e = {0};

        if (docker_event_parse(line, len, &e, &err))
            sbuf_addf(out, "refused: %s\n", err_msg(err));
        else
            sbuf_addf(out, "%s %.12s signal=%d time=%.3f\n", kinds[e.kind], e.container_id,
                      e.signal, e.time);
        line += len + (line[len] == '\n');
    }
}

static void test_recorded(void)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    describe_file("events.jsonl", &out);
    describe_file("events-mesos.jsonl", &out);
    is_golden(sbuf_str(&out), "agent/events.txt");
}

#define ID "00000000000000000000000000000000000000000000000000000000000000aa"

static void test_single_lines(void)
{
    static const struct {
        const char *line;
        int wanted; /* kind, or -1: refused */
    } rows[] = {
        {"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"" ID "\"}}",
         DOCKER_EVENT_CONTAINER},
        /* API 1.52 has no status, id and from. */
        {"{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"" ID
         "\",\"Attributes\":{}},\"scope\":\"local\"}",
         DOCKER_EVENT_CONTAINER},
        {"{\"Type\":\"container\",\"Action\":\"exec_start: sh\",\"Actor\":{\"ID\":\"" ID "\"}}",
         DOCKER_EVENT_OTHER},
        {"{\"Type\":\"container\",\"Action\":\"health_status: healthy\",\"Actor\":{\"ID\":\"" ID
         "\"}}",
         DOCKER_EVENT_CONTAINER},
        {"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"short\"}}",
         DOCKER_EVENT_OTHER},
        {"{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{}}", DOCKER_EVENT_OTHER},
        {"{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":\"n\",\"Attributes\":"
         "{\"container\":\"" ID "\"}}}",
         DOCKER_EVENT_CONTAINER},
        {"{\"Type\":\"network\",\"Action\":\"create\",\"Actor\":{\"ID\":\"n\"}}",
         DOCKER_EVENT_NETWORK},
        {"{\"Type\":\"image\",\"Action\":\"pull\",\"Actor\":{}}", DOCKER_EVENT_OTHER},
        {"{\"Type\":\"container\",\"Action\":7,\"Actor\":{}}", -1},
        {"{\"status\":\"start\",\"id\":\"" ID "\"}", -1},
        {"null", -1},
        {"{", -1},
        {"\xff\xfe", -1},
        {"", -1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct docker_event e = {0};
        int failed = docker_event_parse(rows[i].line, strlen(rows[i].line), &e, NULL);
        is_int(failed ? -1 : (int)e.kind, rows[i].wanted, "line %s", rows[i].line);
    }
}

int main(void)
{
    test_recorded();
    test_single_lines();
    return tap_done();
}
