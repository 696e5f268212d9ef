/* Where `berth render` takes a template's data from: files and environment as they are, the rest
 * from a JSON document or from Consul where one is given. */
#ifndef AGENT_RENDER_SOURCE_H
#define AGENT_RENDER_SOURCE_H

#include "agent/render_watch.h"
#include "lb-template/tmpl/data.h"
#include "lb-template/tmpl/tmpl.h"

#define RENDER_FILE_MAX (16 * 1024 * 1024) /* bytes of a file that a template reads */

struct render_source {
    struct tmpl_data *data;      /* owned; NULL: none */
    struct render_watch *consul; /* borrowed; NULL: none */
    const char *sandbox;         /* the folder that `file` reads in, borrowed; NULL: anywhere */
};

/* Reads the document 'path', which may be NULL. Returns 0, or -1. */
int render_source_init(struct render_source *s, const char *path, struct err **err);
void render_source_done(struct render_source *s);

/* The 'get' of a source; 'arg' is a struct render_source. */
enum tmpl_answer render_source_get(void *arg, enum tmpl_dep_kind kind, const char *text, size_t len,
                                   struct tmpl_arena *arena, struct tmpl_value *ret,
                                   struct err **err);

/* This host's addresses, for `sockaddr`. */
struct render_addrs {
    struct tmpl_addr *v; /* names owned */
    size_t n, cap;
};

void render_addrs_read(struct render_addrs *l);
void render_addrs_done(struct render_addrs *l);

#endif
