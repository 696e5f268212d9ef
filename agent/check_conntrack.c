#include "agent/check.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"

#define CONNTRACK "proc/sys/net/netfilter/nf_conntrack_"

/* Of a table of 65536 a busy host has been seen to run out: a quarter of a million is four times
 * that, and takes 80 MiB when it is full. */
#define MAX_SMALL 65536
#define MAX_GOOD 262144
#define PER_BUCKET 4 /* connections; beyond it look-ups get slow */
#define USED_WARN 70 /* percent */
#define USED_FAIL 90

/* Seconds. The kernel's five days for an idle connection fill the table with dead ones. */
#define ESTABLISHED_MAX 86400
#define TIME_WAIT_MAX 120

static void judge_max(long long max, long long buckets, struct findings *out);
static void judge_used(long long count, long long max, struct findings *out);
static void judge_timeout(const struct host *h, const char *path, const char *name, long long limit,
                          struct findings *out);
static void describe_timeouts(const struct host *h, struct findings *out);

void check_conntrack_size(const struct host *h, struct findings *out)
{
    long long max, count, buckets;

    if (!host_file(h, CONNTRACK "max") && !host_lost(h, CONNTRACK "max")) {
        findings_add(out, FINDING_OK, "connections are not tracked yet");
        return;
    }
    if (check_need(h, out, CONNTRACK "max", &max) ||
        check_need(h, out, CONNTRACK "count", &count) ||
        check_need(h, out, CONNTRACK "buckets", &buckets))
        return;
    judge_max(max, buckets, out);
    judge_used(count, max, out);
}

static void judge_max(long long max, long long buckets, struct findings *out)
{
    if (max <= MAX_SMALL) {
        struct finding *f =
            findings_add_why(out, FINDING_WARN, "a full table drops new connections at random",
                             "the connection table holds %lld entries", max);
        CLEAN(free_str) char *good = xasprintf("%d", MAX_GOOD);
        CLEAN(free_str) char *good_buckets = xasprintf("%d", MAX_GOOD / PER_BUCKET);
        if (buckets < MAX_GOOD / PER_BUCKET)
            finding_sysctl(f, true, CONNTRACK "buckets", good_buckets);
        finding_sysctl(f, true, CONNTRACK "max", good);
    } else if (max / PER_BUCKET > buckets) {
        CLEAN(free_str) char *good_buckets = xasprintf("%lld", max / PER_BUCKET);
        finding_sysctl(findings_add_why(out, FINDING_WARN, "long chains make every packet slower",
                                        "the connection table has %lld buckets for %lld entries",
                                        buckets, max),
                       true, CONNTRACK "buckets", good_buckets);
    } else {
        findings_add(out, FINDING_OK, "the connection table holds %lld entries in %lld buckets",
                     max, buckets);
    }
}

static void judge_used(long long count, long long max, struct findings *out)
{
    double percent = max > 0 ? 100. * (double)count / (double)max : 0.;

    if (percent <= USED_WARN) {
        findings_add(out, FINDING_OK, "%.0f %% of the connection table is used", percent);
        return;
    }
    struct finding *f = findings_add_why(out, percent > USED_FAIL ? FINDING_FAIL : FINDING_WARN,
                                         "when it is full, new connections are dropped at random",
                                         "%.0f %% of the connection table is used: %lld of %lld",
                                         percent, count, max);
    CLEAN(free_str) char *more = xasprintf("%lld", max > MAX_GOOD / 2 ? max * 2 : MAX_GOOD);
    finding_sysctl(f, true, CONNTRACK "max", more);
}

void check_conntrack_drops(const struct host *h, struct findings *out)
{
    const struct procfs_drops *a = &h->drops[0], *b = &h->drops[1];
    static const char why[] = "each is a packet or a connection that was lost";
    bool rising = h->drops_known && (b->drop > a->drop || b->early_drop > a->early_drop);

    if (rising)
        finding_remedy(findings_add_why(out, FINDING_FAIL, why,
                                        "connections are being dropped just now: drop %llu, "
                                        "early_drop %llu more than a moment ago",
                                        b->drop - a->drop, b->early_drop - a->early_drop),
                       "raise net.netfilter.nf_conntrack_max");
    else if (h->drops_known && (b->drop || b->early_drop || b->insert_failed))
        finding_remedy(findings_add_why(out, FINDING_WARN, why,
                                        "since the start connections were dropped: drop %llu, "
                                        "early_drop %llu, insert_failed %llu",
                                        b->drop, b->early_drop, b->insert_failed),
                       "if they go on rising, raise net.netfilter.nf_conntrack_max");
    else if (h->drops_known)
        findings_add(out, FINDING_OK, "no connection was dropped");
    else
        findings_add(out, FINDING_UNKNOWN, "/proc/net/stat/nf_conntrack cannot be read");
    if (h->table_full)
        finding_remedy(findings_add_why(out, FINDING_WARN, why,
                                        "the kernel's log says nf_conntrack: table full"),
                       "raise net.netfilter.nf_conntrack_max");
    else if (h->kernel_log_lost)
        findings_add(out, FINDING_UNKNOWN, "whether the table was full before: %s",
                     h->kernel_log_lost);
}

/* Others may rely on long timeouts: to shorten them is a person's decision. */
void check_conntrack_timeouts(const struct host *h, struct findings *out)
{
    if (!host_file(h, CONNTRACK "tcp_timeout_established") &&
        !host_lost(h, CONNTRACK "tcp_timeout_established")) {
        findings_add(out, FINDING_OK, "connections are not tracked yet");
        return;
    }
    judge_timeout(h, CONNTRACK "tcp_timeout_established", "an idle TCP connection", ESTABLISHED_MAX,
                  out);
    judge_timeout(h, CONNTRACK "tcp_timeout_time_wait", "a closed TCP connection", TIME_WAIT_MAX,
                  out);
    describe_timeouts(h, out);
}

static void judge_timeout(const struct host *h, const char *path, const char *name, long long limit,
                          struct findings *out)
{
    long long seconds;

    if (check_need(h, out, path, &seconds))
        return;
    if (seconds <= limit) {
        findings_add(out, FINDING_OK, "%s is kept %lld s", name, seconds);
        return;
    }
    CLEAN(free_str) char *good = xasprintf("%lld", limit);
    finding_sysctl(findings_add_why(out, FINDING_WARN,
                                    "connections whose ends are long gone fill the table",
                                    "%s is kept %lld s", name, seconds),
                   false, path, good);
}

static void describe_timeouts(const struct host *h, struct findings *out)
{
    long long close_wait, udp, stream;

    if (!check_need(h, out, CONNTRACK "tcp_timeout_close_wait", &close_wait) &&
        !check_need(h, out, CONNTRACK "udp_timeout", &udp) &&
        !check_need(h, out, CONNTRACK "udp_timeout_stream", &stream))
        findings_add(out, FINDING_OK, "close_wait is kept %lld s, UDP %lld s, UDP both ways %lld s",
                     close_wait, udp, stream);
}

void check_conntrack_windows(const struct host *h, struct findings *out)
{
    long long liberal, loose;

    if (!host_file(h, CONNTRACK "tcp_be_liberal") && !host_lost(h, CONNTRACK "tcp_be_liberal")) {
        findings_add(out, FINDING_OK, "connections are not tracked yet");
        return;
    }
    if (check_need(h, out, CONNTRACK "tcp_be_liberal", &liberal) ||
        check_need(h, out, CONNTRACK "tcp_loose", &loose))
        return;
    if (liberal)
        findings_add(out, FINDING_OK, "TCP windows are not enforced");
    else
        finding_sysctl(findings_add_why(out, FINDING_INFO,
                                        "an answer outside the window keeps the container's "
                                        "address, and the client resets the connection",
                                        "TCP windows are enforced: be_liberal is 0"),
                       false, CONNTRACK "tcp_be_liberal", "1");
    if (!loose)
        finding_sysctl(findings_add_why(out, FINDING_INFO,
                                        "connections that were open before tracking began, or "
                                        "moved from another host, do not go on",
                                        "connections are not picked up half-way: loose is 0"),
                       false, CONNTRACK "tcp_loose", "1");
}
