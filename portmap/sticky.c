#include "portmap/sticky.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/search.h"
#include "lib/clean.h"
#include "lib/endpoint.h"
#include "lib/xmalloc.h"

static size_t find(const struct sticky *s, uint8_t protocol, uint16_t host_port, bool *ret_found);
static uint32_t hash_name(const char *name);
static bool is_same(const struct sticky_port *p, uint32_t hash, const char *name, uint8_t protocol,
                    uint16_t container_port);
static void forget(struct sticky *s, size_t at);
static bool is_name(const char *name);
static void read_line(struct sticky *s, const char *line);
static uint8_t read_protocol(const char *word);

void sticky_done(struct sticky *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->v[i].name);
    free(s->v);
    *s = (struct sticky){0};
}

uint16_t sticky_find(const struct sticky *s, const char *name, uint8_t protocol,
                     uint16_t container_port)
{
    uint32_t hash = hash_name(name);

    for (size_t i = 0; i < s->n; i++)
        if (is_same(&s->v[i], hash, name, protocol, container_port))
            return s->v[i].host_port;
    return 0;
}

bool sticky_has(const struct sticky *s, uint8_t protocol, uint16_t host_port)
{
    bool found;

    find(s, protocol, host_port, &found);
    return found;
}

bool sticky_note(struct sticky *s, const char *name, uint8_t protocol, uint16_t container_port,
                 uint16_t host_port)
{
    uint32_t hash = hash_name(name);
    bool found;
    size_t at = find(s, protocol, host_port, &found);

    if (!is_name(name) || (found && is_same(&s->v[at], hash, name, protocol, container_port)))
        return false;
    if (found)
        forget(s, at);
    for (size_t i = 0; i < s->n; i++)
        if (is_same(&s->v[i], hash, name, protocol, container_port)) {
            forget(s, i);
            break;
        }
    at = find(s, protocol, host_port, &found);
    s->v = xgrow(s->v, s->n, &s->cap, sizeof *s->v);
    memmove(&s->v[at + 1], &s->v[at], (s->n++ - at) * sizeof *s->v);
    s->v[at] = (struct sticky_port){protocol, host_port, container_port, hash, xstrdup(name)};
    return true;
}

void sticky_read(struct sticky *s, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        CLEAN(free_str) char *line = xstrndup(text, len);

        read_line(s, line);
        text += len + (text[len] == '\n');
    }
}

void sticky_write(const struct sticky *s, struct sbuf *out)
{
    for (size_t i = 0; i < s->n; i++)
        sbuf_addf(out, "%s %u %u %s\n", protocol_name(s->v[i].protocol), s->v[i].host_port,
                  s->v[i].container_port, s->v[i].name);
}

static int compare_place(const void *key, const void *member)
{
    const struct sticky_port *m = member;
    uint32_t wanted = *(const uint32_t *)key, there = (uint32_t)m->protocol << 16 | m->host_port;

    return (wanted > there) - (wanted < there);
}

/* The place of the port, or where it would be inserted. */
static size_t find(const struct sticky *s, uint8_t protocol, uint16_t host_port, bool *ret_found)
{
    uint32_t key = (uint32_t)protocol << 16 | host_port;

    return search_sorted(s->v, s->n, sizeof *s->v, &key, compare_place, ret_found);
}

/* FNV-1a. */
static uint32_t hash_name(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++)
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    return hash;
}

/* Most have the same container port: without the hash each would be read for its name. */
static bool is_same(const struct sticky_port *p, uint32_t hash, const char *name, uint8_t protocol,
                    uint16_t container_port)
{
    return p->hash == hash && p->container_port == container_port && p->protocol == protocol &&
           !strcmp(p->name, name);
}

static void forget(struct sticky *s, size_t at)
{
    free(s->v[at].name);
    memmove(&s->v[at], &s->v[at + 1], (--s->n - at) * sizeof *s->v);
}

static bool is_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < len; i++)
        if (name[i] <= ' ' || name[i] > '~')
            return false;
    return len && len <= STICKY_NAME_MAX;
}

static void read_line(struct sticky *s, const char *line)
{
    char word[5], name[STICKY_NAME_MAX + 1], rest;
    unsigned host_port, container_port;

    if (sscanf(line, "%4s %5u %5u %255s %c", word, &host_port, &container_port, name, &rest) != 4)
        return;
    uint8_t protocol = read_protocol(word);
    if (protocol && host_port && host_port <= 65535 && container_port && container_port <= 65535)
        sticky_note(s, name, protocol, (uint16_t)container_port, (uint16_t)host_port);
}

/* 0: none of ours. */
static uint8_t read_protocol(const char *word)
{
    static const uint8_t protocols[] = {IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP};

    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        if (!strcmp(word, protocol_name(protocols[i])))
            return protocols[i];
    return 0;
}
