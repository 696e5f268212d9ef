/* One service of Consul's catalog: its instances as Consul told them last.
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
    /* There was an answer. 'changed': the instances differ, or it was the first one. */
    void (*on_answer)(void *arg, struct consul_service *s, bool changed);
    void (*on_error)(void *arg, struct consul_service *s, const struct err *err);
    void (*on_read_end)(void *arg, struct consul_service *s);  /* good or bad */
    void (*on_suspicion)(void *arg, struct consul_service *s); /* read it CONSUL_CONSISTENT */
    bool (*doubted)(void *arg); /* has something gone wrong just before? */
    void *arg;
};

struct consul_service {
    /* readable */
    char *name;
    struct instances instances; /* sorted */
    uint64_t index;             /* of the last answer; 0: none yet */
    bool answered;
    bool failing;

    /* of registrator/consul_reads.c */
    bool queued;
    enum consul_consistency consistency; /* of the read that it waits for */
    struct consul_service *next;

    /* private */
    struct consul_client *client;
    const struct consul_service_user *user;
    struct consul_query *watch; /* NULL: not watched */
    struct consul_query *read;  /* NULL: not being read */
    bool confirms;              /* 'read' decides what is true */
};

/* 'c' and 'user' are borrowed. Nothing is asked yet. */
struct consul_service *consul_service_new(struct consul_client *c, const char *name,
                                          const struct consul_service_user *user);
void consul_service_free(struct consul_service *s);

/* Asks from now on, whenever there is something new. */
void consul_service_watch(struct consul_service *s);
bool consul_service_is_watched(const struct consul_service *s);

/* Asks once; one read at a time. */
void consul_service_read(struct consul_service *s, enum consul_consistency consistency);
bool consul_service_is_reading(const struct consul_service *s);

#endif
