#include "lb-template/cfg.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

#define MARK "berth-structure"
#define OPTIONS_MAX 8192 /* bytes of a server line that go into one runtime command */
#define FNV_BASIS 14695981039346656037u
#define FNV_PRIME 1099511628211u
#define LINE_FACTOR 6364136223846793005u /* odd, so that no line is lost among many */

enum section { SECTION_GLOBAL, SECTION_PROXY, SECTION_SERVERS, SECTION_OTHER };

struct parser {
    struct haproxy_cfg *cfg;
    enum section section;
    bool ours;      /* the section is the one with the mark */
    size_t backend; /* index of the open one, in SECTION_SERVERS */
};

static void take_line(struct parser *p, const struct strv *words);
static void take_global(struct haproxy_cfg *c, const struct strv *words);
static bool section_of(const char *word, enum section *ret);
static void open_backend(struct parser *p, const char *name);
static bool take_server(struct parser *p, const struct strv *words);
static bool parse_endpoint(const char *word, struct ipaddr *ret, uint16_t *ret_port);
static bool take_options(struct haproxy_cfg_backend *b, struct haproxy_cfg_server *s,
                         const struct strv *words);
static bool parse_number(const char *word, unsigned max, unsigned *ret);
static bool is_plain(const char *word);
static void take_bind(struct haproxy_cfg *c, const char *word);
static void hash_line(struct haproxy_cfg *c, enum section section, const struct strv *words);
static uint64_t hash_byte(uint64_t hash, unsigned char byte);
static const char *intern(struct strv *options, struct sbuf *words);
static void sort(struct haproxy_cfg *c);
static int by_backend_name(const void *a, const void *b);
static int by_server_name(const void *a, const void *b);

void haproxy_cfg_parse(const char *text, struct haproxy_cfg *ret)
{
    struct parser p = {.cfg = ret, .section = SECTION_OTHER};

    ret->shift = 1;
    while (text) {
        struct strv words = {0};

        text = words_split(text, &words);
        if (words.n)
            take_line(&p, &words);
        strv_done(&words);
    }
    sort(ret);
}

void haproxy_cfg_done(struct haproxy_cfg *c)
{
    for (size_t i = 0; i < c->n; i++) {
        for (size_t j = 0; j < c->v[i].n; j++)
            free(c->v[i].servers[j].name);
        free(c->v[i].servers);
        strv_done(&c->v[i].options);
        free(c->v[i].name);
    }
    free(c->v);
    free(c->ports);
    strv_done(&c->sockets);
    *c = (struct haproxy_cfg){0};
}

/* A polynomial of the lines' hashes: pieces can be hashed apart. */
uint64_t haproxy_cfg_join(uint64_t structure, const struct haproxy_cfg *c)
{
    return structure * c->shift + c->structure;
}

const struct haproxy_cfg_backend *haproxy_cfg_backend(const struct haproxy_cfg *c, const char *name)
{
    size_t low = 0, high = c->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, c->v[middle].name);

        if (!order)
            return &c->v[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool haproxy_cfg_opens(const struct haproxy_cfg *c, uint16_t port)
{
    for (size_t i = 0; i < c->n_ports; i++)
        if (c->ports[i] == port)
            return true;
    return false;
}

bool haproxy_cfg_is_section(const char *word)
{
    enum section ignored;

    return section_of(word, &ignored);
}

void haproxy_cfg_add_mark(uint64_t structure, const char *socket, struct sbuf *text)
{
    sbuf_addf(text, "\nglobal\n    description " MARK " %016llx\n", (unsigned long long)structure);
    if (socket)
        sbuf_addf(text,
                  "    stats socket %s mode 600 level admin expose-fd listeners\n"
                  "    stats timeout 1h\n",
                  socket);
}

bool haproxy_cfg_read_mark(const char *description, uint64_t *ret_structure)
{
    unsigned long long structure;
    char rest;

    if (sscanf(description, MARK " %16llx%c", &structure, &rest) != 1)
        return false;
    *ret_structure = structure;
    return true;
}

static void take_line(struct parser *p, const struct strv *words)
{
    const char *first = words->v[0];

    if (section_of(first, &p->section)) {
        p->ours = false;
        if (p->section == SECTION_SERVERS)
            open_backend(p, words->n > 1 ? words->v[1] : "");
        if (p->section == SECTION_GLOBAL)
            return; /* every line of it tells its section */
    } else if (p->section == SECTION_GLOBAL) {
        p->ours = p->ours ||
                  (words->n > 1 && !strcmp(first, "description") && !strcmp(words->v[1], MARK));
        if (p->ours)
            return;
        take_global(p->cfg, words);
    } else if (p->section == SECTION_SERVERS && !strcmp(first, "server") && take_server(p, words)) {
        return;
    } else if (p->section == SECTION_SERVERS && !strcmp(first, "dynamic-cookie-key")) {
        p->cfg->v[p->backend].makes_cookies = true;
    } else if (!strcmp(first, "bind") && words->n > 1) {
        take_bind(p->cfg, words->v[1]);
    }
    hash_line(p->cfg, p->section, words);
}

static void take_global(struct haproxy_cfg *c, const struct strv *words)
{
    if (words->n > 2 && !strcmp(words->v[0], "stats") && !strcmp(words->v[1], "socket"))
        strv_add(&c->sockets, words->v[2]);
}

static bool section_of(const char *word, enum section *ret)
{
    static const struct {
        const char *word;
        enum section section;
    } known[] = {
        {"global", SECTION_GLOBAL},     {"defaults", SECTION_PROXY},
        {"frontend", SECTION_PROXY},    {"backend", SECTION_SERVERS},
        {"listen", SECTION_SERVERS},    {"userlist", SECTION_OTHER},
        {"peers", SECTION_OTHER},       {"mailers", SECTION_OTHER},
        {"resolvers", SECTION_OTHER},   {"program", SECTION_OTHER},
        {"http-errors", SECTION_OTHER}, {"cache", SECTION_OTHER},
        {"ring", SECTION_OTHER},        {"log-forward", SECTION_OTHER},
        {"fcgi-app", SECTION_OTHER},    {"crt-store", SECTION_OTHER},
        {"traces", SECTION_OTHER},      {"log-profile", SECTION_OTHER},
        {"acme", SECTION_OTHER},
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (!strcmp(word, known[i].word)) {
            *ret = known[i].section;
            return true;
        }
    }
    return false;
}

static void open_backend(struct parser *p, const char *name)
{
    struct haproxy_cfg *c = p->cfg;

    c->v = xgrow(c->v, c->n, &c->cap, sizeof *c->v);
    c->v[c->n] = (struct haproxy_cfg_backend){.name = xstrdup(name)};
    p->backend = c->n++;
}

/* server <name> <address>:<port> [option]... */
static bool take_server(struct parser *p, const struct strv *words)
{
    struct haproxy_cfg_backend *b = &p->cfg->v[p->backend];
    struct haproxy_cfg_server s = {.weight = 1};

    if (words->n < 3 || !is_plain(words->v[1]) || !is_plain(b->name) ||
        !parse_endpoint(words->v[2], &s.address, &s.port))
        return false;
    if (!take_options(b, &s, words))
        return false;
    s.name = xstrdup(words->v[1]);
    b->servers = xgrow(b->servers, b->n, &b->cap, sizeof *b->servers);
    b->servers[b->n++] = s;
    return true;
}

/* "1.2.3.4:80", "[::1]:80" or "::1:80". */
static bool parse_endpoint(const char *word, struct ipaddr *ret, uint16_t *ret_port)
{
    const char *colon = strrchr(word, ':');
    unsigned port;

    if (!colon || !parse_number(colon + 1, 65535, &port) || !port)
        return false;
    size_t len = (size_t)(colon - word);
    if (len >= 2 && word[0] == '[' && word[len - 1] == ']') {
        word++;
        len -= 2;
    }
    CLEAN(free_str) char *address = xstrndup(word, len);
    *ret_port = (uint16_t)port;
    return !ipaddr_parse(address, ret);
}

static bool take_options(struct haproxy_cfg_backend *b, struct haproxy_cfg_server *s,
                         const struct strv *words)
{
    CLEAN(sbuf) struct sbuf options = SBUF_INIT;

    for (size_t i = 3; i < words->n; i++) {
        const char *value = i + 1 < words->n ? words->v[i + 1] : "";

        if (!strcmp(words->v[i], "weight") && parse_number(value, 256, &s->weight)) {
            i++;
        } else if (!strcmp(words->v[i], "id") && parse_number(value, INT32_MAX, &s->id)) {
            i++;
        } else if (is_plain(words->v[i])) {
            sbuf_adds(&options, options.len ? " " : "");
            sbuf_adds(&options, words->v[i]);
        } else {
            return false;
        }
    }
    if (options.len > OPTIONS_MAX)
        return false;
    s->options = intern(&b->options, &options);
    return true;
}

/* The servers of a backend stand together, so looking at the last one is enough. */
static const char *intern(struct strv *options, struct sbuf *words)
{
    if (!options->n || strcmp(options->v[options->n - 1], sbuf_str(words)))
        strv_add(options, sbuf_str(words));
    return options->v[options->n - 1];
}

static bool parse_number(const char *word, unsigned max, unsigned *ret)
{
    unsigned n = 0;

    for (const char *c = word; *c; c++) {
        if (*c < '0' || *c > '9' || n > (max - (unsigned)(*c - '0')) / 10)
            return false;
        n = n * 10 + (unsigned)(*c - '0');
    }
    if (!*word)
        return false;
    *ret = n;
    return true;
}

/* May stand in a runtime command without quoting? */
static bool is_plain(const char *word)
{
    for (const char *c = word; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("_.:-/,@%+=()*~", *c))
            return false;
    return *word;
}

/* The last port of the last address; a range counts as its first port. */
static void take_bind(struct haproxy_cfg *c, const char *word)
{
    const char *colon = strrchr(word, ':');
    unsigned port;

    if (!colon || !parse_number(colon + 1, 65535, &port))
        return;
    c->ports = xgrow(c->ports, c->n_ports, &c->cap_ports, sizeof *c->ports);
    c->ports[c->n_ports++] = (uint16_t)port;
}

static void hash_line(struct haproxy_cfg *c, enum section section, const struct strv *words)
{
    uint64_t hash = hash_byte(FNV_BASIS, section == SECTION_GLOBAL ? 1 : 2);

    for (size_t i = 0; i < words->n; i++) {
        for (const char *s = words->v[i]; *s; s++)
            hash = hash_byte(hash, (unsigned char)*s);
        hash = hash_byte(hash, 0);
    }
    c->structure = c->structure * LINE_FACTOR + hash;
    c->shift *= LINE_FACTOR;
}

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * FNV_PRIME;
}

static void sort(struct haproxy_cfg *c)
{
    if (c->n)
        qsort(c->v, c->n, sizeof *c->v, by_backend_name);
    for (size_t i = 0; i < c->n; i++)
        if (c->v[i].n)
            qsort(c->v[i].servers, c->v[i].n, sizeof *c->v[i].servers, by_server_name);
}

static int by_backend_name(const void *a, const void *b)
{
    const struct haproxy_cfg_backend *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static int by_server_name(const void *a, const void *b)
{
    const struct haproxy_cfg_server *x = a, *y = b;

    return strcmp(x->name, y->name);
}
