#include "lib/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

static char log_path[] = "/tmp/test-problem-XXXXXX";

/* What the log has from byte '*from' on, without the time stamps. '*from' moves to the end. */
static void read_log(size_t *from, struct sbuf *out)
{
    size_t len;
    CLEAN(free_str) char *text = file_read(log_path, 1 << 20, &len, NULL);

    for (char *line = text + *from; line && *line;) {
        char *end = strchr(line, '\n');
        char *blank = strchr(line, ' ');

        sbuf_add(out, blank + 1, (size_t)(end - blank));
        line = end + 1;
    }
    *from = len;
}

static void report(struct problems *last, struct problems *now, size_t *from, const char *wanted,
                   const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    problems_report("lb", last, now);
    read_log(from, &got);
    is_str(sbuf_str(&got), wanted, "%s", name);
    is_int((long long)now->n, 0, "and the new list was moved away");
}

/* A whole node without a network, say. */
static void test_many(void)
{
    struct problems all = {0}, same = {0};

    for (unsigned i = 0; i < 6000; i++)
        problems_add(&all, "container", "%u of them", i % 3000);
    is_int((long long)all.n, 3000, "each of many is kept once");
    is_str(all.v[2999].text, "2999 of them", "in the order in which they came");
    for (unsigned i = 0; i < 3000; i++)
        problems_add(&same, "container", "%u of them", i);
    ok(problems_equal(&all, &same), "the same list");
    ok(!problems_report("lb", &same, &all), "nothing is new in it");
    problems_done(&same);
}

int main(void)
{
    struct problems last = {0}, now = {0};
    size_t from = 0;

    unsetenv("JOURNAL_STREAM");
    close(2);
    if (mkstemp(log_path) != 2)
        return 99;
    problems_add(&now, "container web-1", "label %s is no number", "A");
    problems_add(&now, "container web-1", "label %s is no number", "A");
    problems_add(&now, "container web-1", "label %s is no number", "B");
    problems_add(NULL, "container web-1", "nobody listens");
    is_int((long long)now.n, 2, "the same problem is kept once");
    report(&last, &now, &from,
           "warn  lb: container web-1: label A is no number\n"
           "warn  lb: container web-1: label B is no number\n",
           "new problems are logged");

    problems_add(&now, "container web-1", "label B is no number");
    problems_add(&now, "service port 80", "claimed by web and api");
    report(&last, &now, &from,
           "warn  lb: service port 80: claimed by web and api\n"
           "info  lb: over: container web-1: label A is no number\n",
           "what stays is not logged again, what has gone is");

    problems_add(&now, "x\ny", "two\nlines");
    report(&last, &now, &from,
           "warn  lb: x\\x0ay: two\\x0alines\n"
           "info  lb: over: container web-1: label B is no number\n"
           "info  lb: over: service port 80: claimed by web and api\n",
           "a line end from outside starts no line in the log");
    problems_done(&last);
    test_many();
    unlink(log_path);
    return tap_done();
}
