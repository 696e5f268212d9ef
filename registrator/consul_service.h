/* One service of Consul's catalog: hears of its instances and hands them to its owner.
 *
 * It is watched by a blocking query of its own, or read when somebody says that it may have
 * changed, or both. What the guard suspects (registrator/guard.h) is not taken over: the owner is
 * told to have it read again, and that read asks Consul's leader. */
#ifndef REGISTRATOR_CONSUL_SERVICE_H
#define REGISTRATOR_CONSUL_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "registrator/consul_client.h"
#include "registrator/consul_query.h"
#include "registrator/instance.h"

/* How sure an answer is to be. A watch is always stale: any server may answer it. */
enum consul_consistency {
    CONSUL_STALE,      /* any server's */
    CONSUL_DEFAULT,    /* the leader's */
    CONSUL_CONSISTENT, /* the leader's, after it has asked whether it still is the leader */
};

struct consul_service;

/* None of the callbacks may free the service. */
struct consul_service_user {
    /* The instances are 'now', sorted, to be taken over. */
    void (*on_answer)(void *arg, struct consul_service *s, struct instances *now);
    void (*on_error)(void *arg, struct consul_service *s, const struct err *err);
    void (*on_read_end)(void *arg, struct consul_service *s);  /* good or bad */
    void (*on_suspicion)(void *arg, struct consul_service *s); /* read it CONSUL_CONSISTENT */
    /* How many of the '*ret_had' instances that it had are not in 'now'? */
    size_t (*count_lost)(void *arg, const struct consul_service *s, const struct instances *now,
                         size_t *ret_had);
    bool (*doubted)(void *arg); /* has something gone wrong just before? */
    void *arg;

    /* Kept up to date: how many of its services have no answer yet; and how many, no good one. */
    size_t n_unanswered, n_failing;
};

struct consul_service {
    /* readable */
    char *name;
    uint64_t index; /* of the last answer; 0: none yet */
    bool answered;
    bool failing;

    /* of registrator/consul_reads.c */
    bool queued;
    enum consul_consistency consistency; /* of the read that it waits for */
    struct consul_service *next;

    /* private */
    struct consul_client *client;
    struct consul_service_user *user;
    struct consul_query *watch; /* NULL: not watched */
    struct consul_query *read;  /* NULL: not being read */
    bool confirms;              /* 'read' decides what is true */
};

/* 'c' and 'user' are borrowed. Nothing is asked yet. 'user' is zeroed but for what the caller
 * sets. */
struct consul_service *consul_service_new(struct consul_client *c, const char *name,
                                          struct consul_service_user *user);
void consul_service_free(struct consul_service *s);

/* Asks from now on, whenever there is something new. */
void consul_service_watch(struct consul_service *s);
bool consul_service_is_watched(const struct consul_service *s);

/* Asks once; one read at a time. */
void consul_service_read(struct consul_service *s, enum consul_consistency consistency);
bool consul_service_is_reading(const struct consul_service *s);

#endif
