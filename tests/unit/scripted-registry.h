/* A registrator on a registry that does as a test tells it, and writes down what is asked of it. */
#ifndef TESTS_UNIT_SCRIPTED_REGISTRY_H
#define TESTS_UNIT_SCRIPTED_REGISTRY_H

#include <ev.h>

#include "lib/sbuf.h"
#include "registrator/registrator.h"

#define ENDPOINTS_MAX 40
#define PATIENCE 10. /* seconds until a condition that does not come is a failure */

/* A call that the scripted registry has not answered yet. */
struct pending {
    struct pending *next;
    char kind; /* 'l'ist, 'p'ut, 'd'elete */
    struct instance i;
    void (*done)(void *arg, const struct err *err);
    void (*list)(void *arg, const struct instances *list, const struct err *err);
    void *arg;
};

/* A registry that does as it is told, and writes down what is asked of it. */
struct scripted {
    struct registry base;
    struct instances has;
    struct instances others; /* of strangers */
    struct sbuf calls;
    struct pending *pending;
    const char *hold; /* calls for this id are not answered; "*": all of them; NULL: none */
    const char *fail; /* calls for this id fail, "list" lists do */
    size_t in_flight, most;
    void (*on_lost)(void *arg);
    void *arg;
    ev_timer turn;
};

struct fixture {
    struct scripted registry;
    struct registrator *r;
    struct endpoint v[ENDPOINTS_MAX];
    char ids[ENDPOINTS_MAX][CONTAINER_ID_LEN + 1];
    struct kvs none;
    unsigned changes;
};

/* The default loop, set by the test's main(). */
extern struct ev_loop *script_loop;

/* Counts the changes of a fixture. */
void script_on_change(void *arg);

/* A fixture with node "n"; 'adopt' as the registrator's configuration has it. */
void script_begin(struct fixture *f);
void script_begin_with(struct fixture *f, bool adopt);
void script_end(struct fixture *f);

/* Container 'k' (0..) publishes port 80 on 'host_port'. */
void script_set(struct fixture *f, size_t k, uint16_t host_port);

/* Runs the loop until 'calls' were made of the registry and it owes no answer but held ones. */
void script_expect(struct fixture *f, const char *calls, const char *name);

/* The registry has an instance of ours; has forgotten one; answers what it held back. */
void script_leave(struct scripted *s, const char *id);
void script_forget(struct scripted *s, const char *id);
void script_release(struct scripted *s);

#endif
