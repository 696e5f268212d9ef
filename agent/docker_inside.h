/* What docker.c and docker_pass.c share: the client, and an inspect in flight. Nobody else looks
 * here.
 *
 * docker.c has its life and the events, which only mark; docker_pass.c asks Docker for what is
 * marked. */
#ifndef AGENT_DOCKER_INSIDE_H
#define AGENT_DOCKER_INSIDE_H

#include <ev.h>
#include <stdbool.h>

#include "agent/docker.h"
#include "agent/docker_accept.h"
#include "agent/docker_stream.h"

struct docker {
    struct ev_loop *loop;
    struct http *http;
    struct docker_config config; /* its strings are ours */
    struct http_server server;
    char *keep_label;
    char *tags_text;
    struct tmpl *tags; /* of 'tags_text'; NULL: it is no template */
    void (*on_change)(void *arg);
    void *arg;
    struct docker_stream *stream;
    struct inventory inventory;
    struct docker_accept accept;
    struct problems problems;
    struct sync sync;
    char version[16];             /* "1.41" */
    bool need_list;               /* the pass begins with a full listing */
    bool listing;                 /* the pass is still at it */
    struct http_request *request; /* of the listing */
    struct inspect *inspects;     /* in flight, linked */
    unsigned n_inspects;
    struct err *pass_err; /* first thing that failed in this pass */
    ev_timer pump;        /* starts inspects out of libcurl's callbacks */
    ev_timer reopen;      /* opens a lost stream again */
    double opened;        /* ev time when the stream was opened */
    double reopen_delay;
    double last_event; /* Docker's time of the newest event */
    double listed;     /* ev time of the last full listing */
};

/* One inspect in flight. */
struct inspect {
    struct docker *docker;
    struct inspect *next;
    struct http_request *request;
    char id[CONTAINER_ID_LEN + 1];
};

/* The pass of 'owner', a struct docker: lists where that is needed, then inspects what is dirty. */
void docker_pass(void *owner);

/* Inspects what is dirty, as many at a time as may be. */
void docker_pass_inspect(struct docker *d);

/* Gives up what is in flight. */
void docker_pass_cancel(struct docker *d);

#endif
