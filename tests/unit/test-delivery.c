/* What the reader gets of a registry that tells little, nothing, or less than before. */
#include "registrator/delivery.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct sbuf heard;
static bool is_complete;
static const char *services; /* that the registry has, each followed by a blank */

static bool complete(void *arg)
{
    (void)arg;
    return is_complete;
}

static bool has(void *arg, const char *service)
{
    (void)arg;
    CLEAN(free_str) char *word = xasprintf("%s ", service);

    return strstr(services, word) != NULL;
}

static void on_catalog(void *arg, const struct catalog *catalog, const struct err *err)
{
    struct instances all = {0};

    (void)arg;
    if (err) {
        sbuf_addf(&heard, "error %s;", err_msg(err));
        return;
    }
    catalog_lend(catalog, &all);
    sbuf_adds(&heard, "catalog");
    for (size_t i = 0; i < all.n; i++)
        sbuf_addf(&heard, " %s%s", all.v[i].service, all.v[i].id);
    sbuf_addch(&heard, ';');
    free(all.v);
}

/* Instances of 'service' named by the letters of 'ids'. */
static struct instances list(const char *service, const char *ids)
{
    struct instances l = {0};

    for (; *ids; ids++) {
        struct instance *i = instances_add(&l);

        i->service = xstrdup(service);
        i->id = xstrndup(ids, 1);
        i->node = xstrdup("n");
        i->address = xstrdup("192.0.2.1");
    }
    return l;
}

static void set(struct delivery *d, const char *service, const char *ids)
{
    struct instances now = list(service, ids);

    delivery_set(d, service, &now);
}

static void fail(struct delivery *d)
{
    CLEAN(err) struct err *err = NULL;

    err_set(&err, "away");
    delivery_fail(d, err);
}

/* Lets the loop run until nothing is to be handed over, and compares what was heard. */
static void hears(struct delivery *d, const char *wanted, const char *name)
{
    while (ev_is_active(&d->turn))
        ev_run(ev_default_loop(0), EVRUN_NOWAIT);
    is_str(sbuf_str(&heard), wanted, "%s", name);
    sbuf_clear(&heard);
}

/* As if the time of the doubt had passed. */
static void end_doubt(struct delivery *d)
{
    ev_timer_stop(d->loop, &d->doubt);
    ev_invoke(d->loop, &d->doubt, EV_TIMER);
}

static void begin(struct delivery *d, const char *file)
{
    static const struct delivery_user user = {.is_complete = complete, .has = has};

    is_complete = false;
    services = "a b c ";
    delivery_init(d, ev_default_loop(0), &user, file, on_catalog, NULL);
}

static void test_order(void)
{
    struct delivery d;

    begin(&d, NULL);
    set(&d, "b", "12");
    hears(&d, "", "nothing is handed over before it is complete");
    set(&d, "a", "1");
    is_complete = true;
    delivery_progress(&d);
    hears(&d, "catalog a1 b1 b2;", "then all of it");
    set(&d, "b", "1");
    set(&d, "c", "7");
    hears(&d, "catalog a1 b1 c7;", "changes are told once a turn");
    set(&d, "b", "1");
    hears(&d, "", "what is the same is not");
    set(&d, "b", "");
    hears(&d, "catalog a1 c7;", "what is gone is gone");
    fail(&d);
    hears(&d, "error away;", "an error leaves the catalog as it is");
    delivery_done(&d);
}

static void test_empty(void)
{
    struct delivery d;

    begin(&d, NULL);
    is_complete = true;
    delivery_progress(&d);
    hears(&d, "catalog;", "an empty catalog is handed over, too");
    delivery_done(&d);
}

static size_t lost(const struct delivery *d, const char *ids, size_t *ret_had)
{
    struct instances now = list("a", ids);
    size_t n = delivery_count_lost(d, "a", &now, ret_had);

    instances_done(&now);
    return n;
}

static void test_doubt(void)
{
    struct delivery d;
    size_t had;

    begin(&d, NULL);
    is_complete = true;
    set(&d, "a", "1234");
    set(&d, "b", "1");
    hears(&d, "catalog a1 a2 a3 a4 b1;", "before the interruption");
    is_int((long long)lost(&d, "15", &had), 3, "three would be lost");
    is_int((long long)had, 4, "of four");
    fail(&d);
    hears(&d, "error away;", "the interruption");
    ok(delivery_is_doubted(&d), "what is told now is doubted");
    set(&d, "a", "15");
    set(&d, "b", "");
    hears(&d, "catalog a1 a2 a3 a4 a5 b1;", "what is new counts, what is gone stays");
    is_int((long long)lost(&d, "5", &had), 1, "of what the registry told, one would be lost");
    is_int((long long)had, 2, "of two");
    set(&d, "a", "125");
    end_doubt(&d);
    hears(&d, "catalog a1 a2 a5;", "in the end the registry is believed");
    ok(!delivery_is_doubted(&d), "there is no doubt any more");
    end_doubt(&d);
    hears(&d, "", "nothing comes after that");
    delivery_done(&d);
}

/* Lets the saver write now. */
static void save(struct delivery *d)
{
    while (d->saver.writing || d->saver.changed)
        ev_invoke(d->loop, &d->saver.timer, EV_TIMER);
    ev_timer_stop(d->loop, &d->saver.timer);
}

static void test_file(const char *path)
{
    struct delivery d;

    begin(&d, path);
    is_complete = true;
    services = "a b old ";
    set(&d, "a", "12");
    set(&d, "b", "1");
    set(&d, "old", "1");
    hears(&d, "catalog a1 a2 b1 old1;", "a catalog");
    save(&d);
    delivery_done(&d);

    begin(&d, path);
    hears(&d, "", "the file alone is not handed over");
    set(&d, "a", "1");
    is_complete = true;
    services = "a b ";
    set(&d, "b", "1");
    delivery_progress(&d);
    hears(&d, "catalog a1 b1;", "what only the file has is gone");
    delivery_done(&d);

    begin(&d, path);
    fail(&d);
    hears(&d, "error away;catalog a1 a2 b1 old1;", "it serves where the registry is away");
    set(&d, "a", "13");
    hears(&d, "catalog a1 a2 a3 b1 old1;", "what the registry tells then joins it");
    is_complete = true;
    services = "a ";
    delivery_progress(&d);
    hears(&d, "", "nothing of it is gone while there is doubt");
    end_doubt(&d);
    hears(&d, "catalog a1 a3;", "only then");
    delivery_done(&d);
}

int main(void)
{
    char path[] = "/tmp/berth-delivery-XXXXXX";
    int fd = mkstemp(path);

    if (fd < 0)
        return 1;
    close(fd);
    unlink(path);
    log_set_level(LOG_LEVEL_ERR);
    test_order();
    test_empty();
    test_doubt();
    test_file(path);
    unlink(path);
    sbuf_done(&heard);
    return tap_done();
}
