#include "lib/trace.h"

#include <string.h>

#include "lib/clean.h"
#include "tests/tap.h"

#define ID "4a1d7e8f4a1d7e8f4a1d7e8f4a1d7e8f4a1d7e8f4a1d7e8f4a1d7e8f4a1d7e8f"
#define STARTED 1763712000.123456

static void test_run(void)
{
    uint32_t trace = trace_of_run(ID, STARTED);

    /* Written down: agents of different versions in one cluster make the same. */
    is_int(trace, 0x25578db1, "of a run");
    is_int(trace_of_run(ID, STARTED), trace, "again");
    ok(trace_of_run(ID, STARTED + 0.000001) != trace, "another start");
    ok(trace_of_run("5" ID, STARTED) != trace, "another container");
    is_int(trace_of_run(ID, 0.), 0, "nobody knows when it started");
    is_int(trace_of_run(ID, -1.), 0, "no time");
}

static void test_text(void)
{
    static const char *const bad[] = {"",         "0000001",  "000000012", "0000000g",
                                      "0000000A", " 0000001", "00000000"};
    char digits[TRACE_LEN + 1];

    is_str(trace_format(0x1a2b, digits), "00001a2b", "eight digits");
    is_str(trace_format(0, digits), "", "none");
    is_int(trace_parse("00001a2b"), 0x1a2b, "read again");
    is_int(trace_parse(NULL), 0, "not there");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        is_int(trace_parse(bad[i]), 0, "\"%s\" is none", bad[i]);
}

struct heard {
    int n;
    uint32_t trace;
    enum trace_step step;
    double when;
};

static void hear(void *arg, uint32_t trace, enum trace_step step, double when)
{
    struct heard *h = arg;

    *h = (struct heard){h->n + 1, trace, step, when};
}

static void test_observer(void)
{
    struct heard h = {0};

    trace_reached(1, TRACE_MAPPED, 0.);
    trace_set_observer(hear, &h);
    trace_reached(7, TRACE_STARTED, 5.);
    ok(h.n == 1 && h.trace == 7 && h.step == TRACE_STARTED && h.when == 5., "what is reached");
    trace_reached(0, TRACE_MAPPED, 0.);
    is_int(h.n, 1, "nobody knows whose it is");
    trace_set_observer(NULL, NULL);
    trace_reached(7, TRACE_MAPPED, 0.);
    is_int(h.n, 1, "nobody listens any more");
}

int main(void)
{
    test_run();
    test_text();
    test_observer();
    return tap_done();
}
