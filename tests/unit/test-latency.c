#include "agent/latency.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

/* The value of the sample 'name'; "" where there is none. Valid until the next call. */
static const char *sample(const struct latency *l, const char *name)
{
    static char value[32];
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    size_t len = strlen(name);

    value[0] = '\0';
    latency_print(l, &out);
    for (const char *line = sbuf_str(&out); line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, name, len) != 0 || line[len] != ' ')
            continue;
        size_t n = strcspn(line + len + 1, "\n");
        memcpy(value, line + len + 1, n);
        value[n] = '\0';
    }
    return value;
}

static const char *count(const struct latency *l, const char *stage)
{
    char name[128];

    snprintf(name, sizeof name, "berth_stage_latency_seconds_count{stage=\"%s\"}", stage);
    return sample(l, name);
}

static void test_start(void)
{
    struct latency *l = latency_new(1000.);

    is_str(count(l, "mapped"), "0", "a stage is there before anything has happened");
    latency_note(l, 7, TRACE_STARTED, 1001., 1001.01);
    latency_note(l, 7, TRACE_MAPPED, 0., 1001.004);
    latency_note(l, 7, TRACE_REGISTERED, 0., 1001.02);
    latency_note(l, 7, TRACE_APPLIED, 0., 1101.);
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"mapped\",le=\"0.005\"}"), "1",
           "it is in its bucket");
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"registered\",le=\"0.01\"}"), "0",
           "not in one before");
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"registered\",le=\"0.025\"}"), "1",
           "in its own");
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"registered\",le=\"60\"}"), "1",
           "and in all behind it");
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"applied\",le=\"60\"}"), "0",
           "beyond the last bound");
    is_str(sample(l, "berth_stage_latency_seconds_bucket{stage=\"applied\",le=\"+Inf\"}"), "1",
           "there is a bucket without an end");
    is_str(sample(l, "berth_stage_latency_seconds_sum{stage=\"applied\"}"), "100.000000",
           "the sum");
    latency_note(l, 7, TRACE_APPLIED, 0., 1200.);
    is_str(count(l, "applied"), "1", "a step counts once: it may come back after a drain");
    latency_free(l);
}

static void test_stop(void)
{
    struct latency *l = latency_new(1000.);

    latency_note(l, 7, TRACE_STARTED, 1001., 1001.);
    latency_note(l, 7, TRACE_DRAINED, 0., 1002.);
    is_str(count(l, "drained"), "0", "nobody has asked it to stop");
    latency_note(l, 7, TRACE_STOPPING, 1010., 1010.);
    latency_note(l, 7, TRACE_DRAINED, 0., 1010.2);
    latency_note(l, 7, TRACE_STOPPING, 1013., 1013.);
    latency_note(l, 7, TRACE_DEREGISTERED, 0., 1014.);
    latency_note(l, 7, TRACE_UNMAPPED, 0., 1014.5);
    latency_note(l, 7, TRACE_REMOVED, 0., 1009.);
    is_str(sample(l, "berth_stage_latency_seconds_sum{stage=\"drained\"}"), "0.200000",
           "from the signal");
    is_str(sample(l, "berth_stage_latency_seconds_sum{stage=\"deregistered\"}"), "4.000000",
           "the first event counts");
    is_str(sample(l, "berth_stage_latency_seconds_sum{stage=\"unmapped\"}"), "4.500000",
           "the mapping");
    is_str(sample(l, "berth_stage_latency_seconds_sum{stage=\"removed\"}"), "0.000000",
           "a clock that was set back gives nothing below 0");
    latency_free(l);
}

static void test_without_event(void)
{
    struct latency *l = latency_new(1000.);

    latency_note(l, 7, TRACE_MAPPED, 0., 1001.);
    latency_note(l, 8, TRACE_STARTED, 999., 1001.);
    latency_note(l, 8, TRACE_MAPPED, 0., 1001.);
    latency_note(l, 9, TRACE_STOPPING, 0., 1001.);
    latency_note(l, 9, TRACE_UNMAPPED, 0., 1001.);
    is_str(count(l, "mapped"), "0", "no event, or one from before the agent");
    is_str(count(l, "unmapped"), "0", "an end without an event");
    latency_free(l);
}

static void test_many(void)
{
    struct latency *l = latency_new(1000.);

    for (uint32_t i = 1; i <= LATENCY_RUNS + 10; i++)
        latency_note(l, i, TRACE_STARTED, 1001., 1001.);
    for (uint32_t i = 1; i <= LATENCY_RUNS + 10; i++)
        latency_note(l, i, TRACE_MAPPED, 0., 1002.);
    is_str(count(l, "mapped"), "2048", "the oldest runs are forgotten");
    latency_free(l);
}

int main(void)
{
    test_start();
    test_stop();
    test_without_event();
    test_many();
    return tap_done();
}
