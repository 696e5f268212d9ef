/* Finds what belongs to a container's port in the document of /v1/state, for row.h. Pure.
 *
 * Members are borrowed from the document; what is no object is left out. */
#ifndef AGENT_ROW_INDEX_H
#define AGENT_ROW_INDEX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct row_server {
    const char *instance_id; /* NULL: not in the catalog any more */
    const json_t *server;
    const json_t *backend; /* that has it */
    bool taken;            /* row_index_server() has found it */
};

/* A mapping or an instance, with what it is found by: looked up once, compared often. */
struct row_port {
    const char *container_id, *protocol; /* or NULL */
    long long port, host_port;           /* 0: not said */
    const json_t *item;
};

struct row_index {
    struct row_port *v;         /* sorted by container, port, protocol and host port */
    struct row_server *servers; /* of servers; sorted by instance */
    size_t n;
};

struct row_range {
    size_t first, n;
};

/* Sorts 'list', mappings or instances. */
void row_index_ports(const json_t *list, struct row_index *ret);

/* Sorts the servers of 'backends'. */
void row_index_servers(const json_t *backends, struct row_index *ret);

void row_index_done(struct row_index *x);

/* Those of 'port', a member of 'container'. */
void row_index_port(const struct row_index *x, const json_t *container, const json_t *port,
                    struct row_range *ret);

/* The server of an instance, and marks all of it as taken. Returns false where there is none. */
bool row_index_server(struct row_index *x, const char *instance_id, struct row_server *ret);

#endif
