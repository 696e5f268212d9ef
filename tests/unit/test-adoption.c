#include "registrator/adoption.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "registrator/roster.h"
#include "tests/tap.h"

static void add(struct instances *l, const char *id, const char *service, const char *mark,
                uint16_t port)
{
    *instances_add(l) = (struct instance){.id = xstrdup(id),
                                          .service = xstrdup(service),
                                          .node = xstrdup(mark),
                                          .address = xstrdup("192.0.2.7"),
                                          .port = port};
}

/* Our node is "host"; the containers "web" and "db.0" run, web's port 80 and db.0's own id are
 * wanted. */
static const struct {
    const char *id, *service, *mark;
    uint16_t port;
    enum adoption_action wanted;
} cases[] = {
    {"host:web:80", "nginx", "", 30080, ADOPTION_TAKE_OVER},
    {"host:web:80", "old-name", "", 1, ADOPTION_TAKE_OVER},
    {"host:web:80", "nginx", "other", 30080, ADOPTION_CONFLICT},
    {"host:web:81", "nginx", "", 30081, ADOPTION_KEEP},
    {"host:db.0:5432", "db", "", 5432, ADOPTION_KEEP},
    {"host:gone:80", "nginx", "", 1, ADOPTION_CLEAN_UP},
    {"host:gone:53:udp", "dns", "", 1, ADOPTION_CLEAN_UP},
    {"host:gone:80", "nginx", "other", 1, ADOPTION_NONE},
    {"host:gone:80", "nginx", "host-2", 1, ADOPTION_NONE},
    /* A service with an id of its own. */
    {"my-db", "db", "", 5432, ADOPTION_TAKE_OVER},
    {"my-db", "db", "", 5433, ADOPTION_CONFLICT},
    {"my-db", "billing", "", 5432, ADOPTION_CONFLICT},
    {"my-db", "db", "other", 5432, ADOPTION_CONFLICT},
    {"my-other-db", "db", "", 5432, ADOPTION_NONE},
    /* Other hosts, other tools, people. */
    {"host2:gone:80", "nginx", "", 1, ADOPTION_NONE},
    {"hos:gone:80", "nginx", "", 1, ADOPTION_NONE},
    {"xhost:gone:80", "nginx", "", 1, ADOPTION_NONE},
    {"host", "nginx", "", 1, ADOPTION_NONE},
    {"host:", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone:", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone:http", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone:80x", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone:80:tcp", "nginx", "", 1, ADOPTION_NONE},
    {"host:gone:80:udp:udp", "nginx", "", 1, ADOPTION_NONE},
    {"host::80", "nginx", "", 1, ADOPTION_NONE},
    {"host:-gone:80", "nginx", "", 1, ADOPTION_NONE},
    {"host:g:80", "nginx", "", 1, ADOPTION_NONE}, /* Docker's names have two characters */
    {"host:go ne:80", "nginx", "", 1, ADOPTION_NONE},
    {"host:host:gone:80", "nginx", "", 1, ADOPTION_NONE},
    {"legacy-vm-1", "billing", "", 1, ADOPTION_NONE},
    {"_nomad-task-host:gone:80", "nginx", "", 1, ADOPTION_NONE},
};

static void test_judgement(void)
{
    struct instances wanted = {0};
    struct strv running = {0};

    add(&wanted, "host:web:80", "nginx", "host", 30080);
    add(&wanted, "my-db", "db", "host", 5432);
    strv_add(&running, "web");
    strv_add(&running, "db.0");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct instances others = {0};
        struct adoptions plan = {0};

        add(&others, cases[i].id, cases[i].service, cases[i].mark, cases[i].port);
        adoptions_plan("host", &others, &wanted, &running, &plan);
        is_str(adoption_action_name(plan.n ? plan.v[0].action : ADOPTION_NONE),
               adoption_action_name(cases[i].wanted), "%s %s of '%s'", cases[i].id,
               cases[i].service, cases[i].mark);
        ok(!plan.n || plan.v[0].other == &others.v[0], "%s is told", cases[i].id);
        adoptions_done(&plan);
        instances_done(&others);
    }
    instances_done(&wanted);
    strv_done(&running);
}

/* Each once, in the order of the list. */
static void test_order(void)
{
    struct instances others = {0}, wanted = {0};
    struct strv running = {0};
    struct adoptions plan = {0};

    add(&others, "host:b-1:1", "b", "", 1);
    add(&others, "stranger", "s", "", 1);
    add(&others, "host:a-1:1", "a", "", 1);
    adoptions_plan("host", &others, &wanted, &running, &plan);
    if (is_int((long long)plan.n, 2, "two of three")) {
        is_str(plan.v[0].other->id, "host:b-1:1", "the first one");
        is_str(plan.v[1].other->id, "host:a-1:1", "and the last one");
    }
    adoptions_done(&plan);
    instances_done(&others);
}

int main(void)
{
    test_judgement();
    test_order();
    for (int a = 0; a <= ADOPTION_NONE; a++)
        ok(strlen(adoption_reason((enum adoption_action)a)) > 10, "a reason for %s",
           adoption_action_name((enum adoption_action)a));
    return tap_done();
}
