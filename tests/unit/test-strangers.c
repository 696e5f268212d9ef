/* What the registrator does with services that others have registered. */
#include <string.h>

#include "lib/log.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"
#include "tests/unit/scripted-registry.h"

/* Somebody who is not us has registered 'id'. */
static void leave_other(struct scripted *s, const char *id, const char *mark)
{
    *instances_add(&s->others) = (struct instance){.id = xstrdup(id),
                                                   .service = xstrdup("theirs"),
                                                   .node = xstrdup(mark),
                                                   .address = xstrdup("192.0.2.1"),
                                                   .port = 1};
}

static void test_strangers(void)
{
    struct fixture f;

    script_begin(&f);
    leave_other(&f.registry, "n:00:80", "");
    leave_other(&f.registry, "n:01:80", "another");
    leave_other(&f.registry, "n:gone:80", "");
    script_set(&f, 0, 8000);
    script_set(&f, 1, 8001);
    registrator_want(f.r, f.v, 2);
    script_expect(&f, "list;put n:00:80:8000;",
                  "registrator's is taken over, another berth's is not");
    ok(!registrator_is_registered(f.r, "n:01:80"), "that one is not registered");
    is_int((long long)registrator_problems(f.r)->n, 1, "which is a problem");
    is_int((long long)registrator_sync(f.r)->errors, 0, "and no error");
    instances_done(&f.registry.others);
    f.registry.on_lost(f.registry.arg);
    script_expect(&f, "list;put n:01:80:8001;", "it is registered when the other one is gone");
    is_int((long long)registrator_problems(f.r)->n, 0, "and no problem any more");
    registrator_want(f.r, f.v, 1);
    leave_other(&f.registry, "n:01:80", "another");
    script_expect(&f, "del n:01:80;", "ours can go");
    script_end(&f);
}

static void test_clean_up(void)
{
    struct fixture f;

    script_begin_with(&f, true);
    leave_other(&f.registry, "n:gone:80", "");
    leave_other(&f.registry, "n:gone-2:80", "another");
    leave_other(&f.registry, "by-hand", "");
    leave_other(&f.registry, "m:gone:80", "");
    leave_other(&f.registry, "n:00:81", "");
    script_set(&f, 0, 8000);
    registrator_want(f.r, f.v, 1);
    script_expect(&f, "list;put n:00:80:8000;del n:gone:80;",
                  "what registrator left of a container that is gone goes, and nothing else");
    script_end(&f);
}

int main(void)
{
    log_set_level(LOG_LEVEL_ERR);
    script_loop = ev_default_loop(0);
    test_strangers();
    test_clean_up();
    return tap_done();
}
