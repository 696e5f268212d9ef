#include "agent/latency.h"

#include <inttypes.h>
#include <stdbool.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"

#define NAME "berth_stage_latency_seconds"

/* Upper ends of the buckets, in seconds. A start takes milliseconds; a container that is asked to
 * stop has ten seconds by default. */
static const double bounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                1.,    2.5,  5.,    10.,  30., 60.};

struct histogram {
    uint64_t buckets[ARRAY_LEN(bounds) + 1]; /* not added up; the last has no end */
    uint64_t count;
    double sum;
};

struct latency_run {
    uint32_t trace;   /* 0: a free place */
    unsigned reached; /* a bit for each step */
    double started;   /* by Docker's event; 0: there was none */
    double stopping;
};

struct latency {
    double since;
    struct latency_run runs[LATENCY_RUNS];
    size_t next; /* the place of the next one */
    struct histogram steps[TRACE_STEPS];
};

static const char *const stages[TRACE_STEPS] = {
    [TRACE_MAPPED] = "mapped",
    [TRACE_REGISTERED] = "registered",
    [TRACE_APPLIED] = "applied",
    [TRACE_DRAINED] = "drained",
    [TRACE_DEREGISTERED] = "deregistered",
    [TRACE_UNMAPPED] = "unmapped",
    [TRACE_REMOVED] = "removed",
};

static void announce(struct latency *l, uint32_t trace, enum trace_step step, double when);
static struct latency_run *find(struct latency *l, uint32_t trace);
static void observe(struct histogram *h, double seconds);
static void print(const struct histogram *h, const char *stage, struct sbuf *out);

struct latency *latency_new(double since)
{
    struct latency *l = xcalloc(1, sizeof *l);

    l->since = since;
    return l;
}

void latency_free(struct latency *l)
{
    free(l);
}

void latency_note(struct latency *l, uint32_t trace, enum trace_step step, double when, double now)
{
    if (!stages[step]) {
        announce(l, trace, step, when);
        return;
    }
    struct latency_run *r = find(l, trace);
    double begin = !r ? 0. : step < TRACE_STOPPING ? r->started : r->stopping;

    if (!(begin > 0.) || r->reached & 1U << step)
        return;
    r->reached |= 1U << step;
    observe(&l->steps[step], now > begin ? now - begin : 0.);
}

void latency_print(const struct latency *l, struct sbuf *out)
{
    sbuf_adds(out, "# HELP " NAME " Time from Docker's event to each stage of a container's start "
                   "(mapped, registered, applied) and stop (drained, deregistered, unmapped, "
                   "removed).\n# TYPE " NAME " histogram\n");
    for (size_t i = 0; i < TRACE_STEPS; i++)
        if (stages[i])
            print(&l->steps[i], stages[i], out);
}

/* The signal comes before the end: the first event of a stop counts. */
static void announce(struct latency *l, uint32_t trace, enum trace_step step, double when)
{
    struct latency_run *r = find(l, trace);

    if (when < l->since || !(when > 0.))
        return;
    if (!r) {
        r = &l->runs[l->next];
        l->next = (l->next + 1) % LATENCY_RUNS;
        *r = (struct latency_run){.trace = trace};
    }
    double *at = step == TRACE_STARTED ? &r->started : &r->stopping;
    if (!(*at > 0.))
        *at = when;
}

static struct latency_run *find(struct latency *l, uint32_t trace)
{
    for (size_t i = 0; i < LATENCY_RUNS; i++)
        if (l->runs[i].trace == trace)
            return &l->runs[i];
    return NULL;
}

static void observe(struct histogram *h, double seconds)
{
    size_t i = 0;

    while (i < ARRAY_LEN(bounds) && seconds > bounds[i])
        i++;
    h->buckets[i]++;
    h->count++;
    h->sum += seconds;
}

static void print(const struct histogram *h, const char *stage, struct sbuf *out)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < ARRAY_LEN(bounds); i++) {
        sum += h->buckets[i];
        sbuf_addf(out, NAME "_bucket{stage=\"%s\",le=\"%g\"} %" PRIu64 "\n", stage, bounds[i], sum);
    }
    sbuf_addf(out, NAME "_bucket{stage=\"%s\",le=\"+Inf\"} %" PRIu64 "\n", stage, h->count);
    sbuf_addf(out, NAME "_sum{stage=\"%s\"} %.6f\n", stage, h->sum);
    sbuf_addf(out, NAME "_count{stage=\"%s\"} %" PRIu64 "\n", stage, h->count);
}
