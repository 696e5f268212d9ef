/* The set of containers, and when one of them drains. */
#include "agent/inventory.h"

#include <stdio.h>
#include <string.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static const char *make_id(unsigned n, char id[CONTAINER_ID_LEN + 1])
{
    snprintf(id, CONTAINER_ID_LEN + 1, "%064x", n);
    return id;
}

static void test_set(void)
{
    struct inventory inv = {0};
    char id[CONTAINER_ID_LEN + 1];
    bool sorted = true;

    for (unsigned i = 0; i < 100; i++)
        inventory_touch(&inv, make_id(i * 37 % 101, id))->dirty = true;
    inventory_touch(&inv, make_id(37, id));
    is_int((long long)inv.n, 100, "a container that is touched twice is there once");
    for (size_t i = 1; i < inv.n; i++)
        sorted &= strcmp(inv.v[i - 1].id, inv.v[i].id) < 0;
    ok(sorted, "the entries are sorted");
    inventory_remove(&inv, make_id(37, id));
    inventory_remove(&inv, make_id(5000, id));
    is_int((long long)inv.n, 99, "one is removed, a stranger is not missed");
    ok(!inventory_find(&inv, make_id(37, id)), "the removed one is gone");
    ok(inventory_find(&inv, make_id(74, id)) != NULL, "another one is found");
    inventory_done(&inv);
}

static void test_draining(void)
{
    static const struct {
        double started, stop_asked, now;
        bool wanted;
        const char *name;
    } rows[] = {
        {100, 0, 500, false, "no signal"},
        {100, 200, 201, true, "told to stop a second ago"},
        {100, 200, 229.9, true, "still within the limit"},
        {100, 200, 230, false, "goes on beyond the limit: takes traffic again"},
        {210, 200, 211, false, "started again after the signal"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct container c = {.started = rows[i].started};
        struct inventory_entry e = {.container = &c, .stop_asked = rows[i].stop_asked};
        ok(inventory_entry_draining(&e, rows[i].now, 30.) == rows[i].wanted, "%s", rows[i].name);
    }
    struct inventory_entry unknown = {.stop_asked = 200};
    ok(!inventory_entry_draining(&unknown, 201., 30.), "a container that does not run");
}

int main(void)
{
    test_set();
    test_draining();
    return tap_done();
}
