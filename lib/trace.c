#include "lib/trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t add(uint32_t hash, const char *text);

static void (*observe)(void *arg, uint32_t trace, enum trace_step step, double when);
static void *observe_arg;

/* FNV-1a. Two runs of one trace are a nuisance to who searches the log, and no more. */
uint32_t trace_of_run(const char *container_id, double started)
{
    char microseconds[32];

    if (!(started > 0.) || started > 1e12)
        return 0;
    snprintf(microseconds, sizeof microseconds, "@%" PRIu64, (uint64_t)(started * 1e6 + 0.5));
    uint32_t hash = add(add(2166136261U, container_id), microseconds);
    return hash ? hash : 1;
}

const char *trace_format(uint32_t trace, char ret[TRACE_LEN + 1])
{
    *ret = '\0';
    if (trace)
        snprintf(ret, TRACE_LEN + 1, "%08" PRIx32, trace);
    return ret;
}

uint32_t trace_parse(const char *text)
{
    if (!text || strlen(text) != TRACE_LEN || strspn(text, "0123456789abcdef") != TRACE_LEN)
        return 0;
    return (uint32_t)strtoul(text, NULL, 16);
}

void trace_reached(uint32_t trace, enum trace_step step, double when)
{
    if (trace && observe)
        observe(observe_arg, trace, step, when);
}

void trace_set_observer(void (*observer)(void *arg, uint32_t trace, enum trace_step step,
                                         double when),
                        void *arg)
{
    observe = observer;
    observe_arg = arg;
}

static uint32_t add(uint32_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    return hash;
}
