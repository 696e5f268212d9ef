/* When a loss has to be confirmed. */
#include "registrator/guard.h"

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void test_suspicion(void)
{
    static const struct {
        size_t had, lost;
        bool doubted, suspects;
    } rows[] = {
        {0, 0, false, false}, {0, 0, true, false},     {1, 1, false, false},   {2, 2, false, false},
        {3, 3, false, true},  {4, 2, false, false},    {5, 3, false, true},    {6, 3, false, false},
        {7, 4, false, true},  {100, 50, false, false}, {100, 51, false, true}, {1, 1, true, true},
        {2, 1, true, false},  {2, 2, true, true},      {3, 2, true, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        ok(guard_suspects(rows[i].had, rows[i].lost, rows[i].doubted) == rows[i].suspects,
           "%zu of %zu%s: %s", rows[i].lost, rows[i].had, rows[i].doubted ? ", doubted" : "",
           rows[i].suspects ? "confirm" : "believe");
}

static void fill(struct instances *l, const char *ids)
{
    for (; *ids; ids++) {
        struct instance *i = instances_add(l);

        i->id = xstrndup(ids, 1);
        i->service = xstrdup("web");
        i->node = xstrdup("n");
        i->address = xstrdup("10.0.0.1");
    }
}

static void test_count(void)
{
    static const struct {
        const char *before, *now;
        size_t lost;
    } rows[] = {{"", "", 0},       {"", "abc", 0},    {"abc", "", 3}, {"abc", "abc", 0},
                {"abc", "bcd", 1}, {"ace", "bdf", 3}, {"b", "abc", 0}};

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct instances before = {0}, now = {0};

        fill(&before, rows[i].before);
        fill(&now, rows[i].now);
        is_int((int)guard_count_lost(&before, &now), (int)rows[i].lost, "%s -> %s", rows[i].before,
               rows[i].now);
        instances_done(&before);
        instances_done(&now);
    }
}

int main(void)
{
    test_suspicion();
    test_count();
    return tap_done();
}
