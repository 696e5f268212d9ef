#include "agent/changes.h"

#include "lib/json.h"
#include "lib/log.h"
#include "tests/tap.h"

static void is_json(json_t *doc, const char *wanted, const char *name)
{
    char *text = json_dumps(doc, JSON_COMPACT);

    is_str(text, wanted, "%s", name);
    free(text);
    json_decref(doc);
}

static void test_document(void)
{
    struct log_ring *r = log_ring_new();
    struct timespec now = {.tv_sec = 1763712000, .tv_nsec = 125000000};
    struct log_fact f = {.text = (char[]){"mapping added"}};

    is_json(changes_json(r, 0), "{\"next\":0,\"changes\":[]}", "nothing has happened yet");
    kvs_add(&f.fields, "host-port", "28001");
    kvs_add(&f.fields, "trace", "a1b2c3d4");
    log_ring_add(r, "info", "portmap", &now, &f);
    kvs_done(&f.fields);
    f.text = (char[]){"odd"};
    log_ring_add(r, "warn", "lb", &now, &f);
    is_json(changes_json(r, 0),
            "{\"next\":2,\"changes\":["
            "{\"n\":1,\"time\":1763712000.125,\"level\":\"info\",\"area\":\"portmap\","
            "\"text\":\"mapping added\",\"fields\":{\"host-port\":\"28001\","
            "\"trace\":\"a1b2c3d4\"}},"
            "{\"n\":2,\"time\":1763712000.125,\"level\":\"warn\",\"area\":\"lb\",\"text\":\"odd\","
            "\"fields\":{}}]}",
            "all");
    is_json(changes_json(r, 2), "{\"next\":2,\"changes\":[]}", "nothing new");
    log_ring_free(r);
}

static void test_since(void)
{
    static const char *const bad[] = {"", "-1", "+1", " 1", "1x", "x", "99999999999999999999999"};
    uint64_t n = 7;

    ok(!changes_parse_since(NULL, &n) && n == 0, "not said");
    ok(!changes_parse_since("18446744073709551615", &n) && n == UINT64_MAX, "the greatest");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ok(changes_parse_since(bad[i], &n) && n == UINT64_MAX, "\"%s\" is no number", bad[i]);
}

int main(void)
{
    test_document();
    test_since();
    return tap_done();
}
