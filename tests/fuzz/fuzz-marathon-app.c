/* Foreign bytes: what Marathon answers about its apps, as a list and as one. */
#include <stdlib.h>
#include <string.h>

#include "lib/marathon_app.h"
#include "tests/fuzz/fuzz.h"

/* Whatever was taken can be asked for its ports, and equals itself. */
static void look_at(struct marathon_apps *l)
{
    for (size_t i = 0; i < l->n; i++) {
        const struct marathon_app *a = &l->v[i];
        const char *address;
        uint16_t port;

        if (marathon_apps_find(l, a->id) != a || !marathon_app_equal(a, a))
            abort();
        for (size_t k = 0; k < a->tasks.n; k++)
            for (size_t p = 0; p <= a->ports.n; p++)
                if (marathon_app_reach(a, &a->tasks.v[k], p, &address, &port) && !port)
                    abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct marathon_apps apps = {0};
    struct marathon_app app = {0};
    struct problems problems = {0};

    marathon_apps_parse((const char *)data, len, &apps, &problems, NULL);
    look_at(&apps);
    if (!marathon_app_parse((const char *)data, len, &app, &problems, NULL))
        marathon_apps_put(&apps, &app);
    look_at(&apps);
    marathon_apps_done(&apps);
    problems_done(&problems);
    return 0;
}
