#include "agent/status_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/xmalloc.h"

static void print_catalog(const json_t *catalog, const struct paint *p, struct sbuf *out);
static void print_unready(const json_t *state, const struct paint *p, struct sbuf *out);
static void print_line(const struct paint *p, enum paint_colour colour, struct sbuf *line,
                       struct sbuf *out);

void status_print_head(const json_t *state, const struct paint *p, struct sbuf *out)
{
    static const char *const members[] = {"node", "address", "registry"};
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        const char *value = json_str(state, members[i]);

        sbuf_addf(&line, "%s%s ", i ? "  " : "", members[i]);
        sbuf_add_printable(&line, value ? value : "?");
    }
    print_line(p, PAINT_PLAIN, &line, out);
    if (!json_is_true(json_object_get(state, "ready")))
        print_unready(state, p, out);
    print_catalog(json_obj(state, "catalog"), p, out);
}

static void print_line(const struct paint *p, enum paint_colour colour, struct sbuf *line,
                       struct sbuf *out)
{
    paint_begin(p, colour, out);
    paint_wrap(p, sbuf_str(line), 0, 2, out);
    paint_end(p, colour, out);
    sbuf_addch(out, '\n');
}

/* Which rooms have never been in step. */
static void print_unready(const json_t *state, const struct paint *p, struct sbuf *out)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;
    const char *name;
    json_t *source;
    size_t n = 0;

    sbuf_adds(&line, "not everything is in step yet");
    json_object_foreach(json_obj(state, "sources"), name, source)
        if (json_is_null(json_object_get(source, "last_ok_age"))) {
            sbuf_adds(&line, n++ ? ", " : ": waiting for ");
            sbuf_add_printable(&line, name);
        }
    print_line(p, PAINT_YELLOW, &line, out);
}

/* What the load balancer reads: how it is followed, and how old it is. Nothing where 'catalog' is
 * NULL. */
static void print_catalog(const json_t *catalog, const struct paint *p, struct sbuf *out)
{
    const char *watch = json_str(catalog, "watch");
    const json_t *age = json_object_get(catalog, "age");
    enum paint_colour colour = PAINT_PLAIN;
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;

    if (!catalog)
        return;
    sbuf_addf(&line, "catalog %lld services, %lld of them watched, ",
              json_integer_value(json_object_get(catalog, "services")),
              json_integer_value(json_object_get(catalog, "watched")));
    if (watch && !strcmp(watch, "journal"))
        sbuf_adds(&line, "the others by journals, ");
    if (!json_is_number(age)) {
        sbuf_adds(&line, "not read yet");
        colour = PAINT_YELLOW;
    } else if (json_number_value(age) < 1.) {
        sbuf_adds(&line, "up to date");
    } else {
        sbuf_addf(&line, "%.0f s old: the registry cannot be read", json_number_value(age));
        colour = PAINT_RED;
    }
    print_line(p, colour, &line, out);
}

static void add_count(struct sbuf *out, size_t n, const char *what)
{
    sbuf_addf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static int compare_numbers(const void *a, const void *b)
{
    const unsigned long long x = *(const unsigned long long *)a;
    const unsigned long long y = *(const unsigned long long *)b;

    return (x > y) - (x < y);
}

/* One that Docker publishes at 0.0.0.0 and at :: is one. */
static size_t count_host_ports(const json_t *mappings)
{
    unsigned long long *ports = xcalloc(json_array_size(mappings), sizeof *ports);
    const json_t *mapping;
    size_t i, n = 0, distinct = 0;

    json_array_foreach(mappings, i, mapping) {
        const char *protocol = json_str(mapping, "protocol");

        ports[n] = (unsigned long long)json_integer_value(json_object_get(mapping, "host_port"));
        ports[n] = ports[n] * 256 + (protocol ? (unsigned char)*protocol : 0);
        n++;
    }
    if (n)
        qsort(ports, n, sizeof *ports, compare_numbers);
    for (i = 0; i < n; i++)
        distinct += !i || ports[i] != ports[i - 1];
    free(ports);
    return distinct;
}

/* How many servers HAProxy has in each state that is not "up". */
static void add_servers(const json_t *state, struct sbuf *out)
{
    static const char *const words[] = {"down", "drain", "maint"};
    size_t counts[ARRAY_LEN(words)] = {0}, all = 0, i, k;
    const json_t *backend, *server;

    json_array_foreach(json_arr(state, "backends"), i, backend)
        json_array_foreach(json_arr(backend, "servers"), k, server) {
            const char *word = json_str(server, "state");

            all++;
            for (size_t w = 0; word && w < ARRAY_LEN(words); w++)
                counts[w] += !strcmp(word, words[w]);
        }
    sbuf_adds(out, ", ");
    add_count(out, all, "server");
    for (i = 0, k = 0; i < ARRAY_LEN(words); i++)
        if (counts[i])
            sbuf_addf(out, "%s%zu %s", k++ ? ", " : " (", counts[i], words[i]);
    sbuf_adds(out, k ? ")" : "");
}

void status_print_summary(const json_t *state, const struct paint *p, struct sbuf *out)
{
    CLEAN(sbuf) struct sbuf line = SBUF_INIT;
    size_t problems = json_array_size(json_arr(state, "problems"));
    long long left_out = json_integer_value(json_object_get(state, "problems_left_out"));

    if (problems)
        add_count(&line, problems, "problem");
    else
        sbuf_adds(&line, "no problem");
    if (left_out)
        sbuf_addf(&line, " (%lld elsewhere)", left_out);
    sbuf_adds(&line, ", ");
    add_count(&line, json_array_size(json_arr(state, "containers")), "container");
    sbuf_adds(&line, ", ");
    add_count(&line, count_host_ports(json_arr(state, "mappings")), "host port");
    sbuf_adds(&line, ", ");
    add_count(&line,
              json_array_size(json_arr(state, "instances")) +
                  json_array_size(json_arr(state, "machines")),
              "instance");
    sbuf_adds(&line, ", ");
    add_count(&line, json_array_size(json_arr(state, "backends")), "service");
    sbuf_adds(&line, " in HAProxy");
    add_servers(state, &line);
    paint_begin(p, problems ? PAINT_RED : PAINT_GREEN, out);
    paint_wrap(p, sbuf_str(&line), 0, 2, out);
    paint_end(p, problems ? PAINT_RED : PAINT_GREEN, out);
}

void status_print_problems(const json_t *state, const struct paint *p, struct sbuf *out)
{
    static const char begins[] = "problem: ";
    const json_t *problem;
    size_t i;

    json_array_foreach(json_arr(state, "problems"), i, problem) {
        const char *subject = json_str(problem, "subject"), *text = json_str(problem, "text");
        CLEAN(sbuf) struct sbuf line = SBUF_INIT;

        sbuf_adds(out, i ? "" : "\n");
        paint_add(p, PAINT_RED, begins, out);
        sbuf_add_printable(&line, subject ? subject : "?");
        sbuf_adds(&line, ": ");
        sbuf_add_printable(&line, text ? text : "?");
        paint_wrap(p, sbuf_str(&line), sizeof begins - 1, 2, out);
        sbuf_addch(out, '\n');
    }
}

enum paint_colour status_colour(enum row_health health)
{
    switch (health) {
    case ROW_GOOD:
        return PAINT_GREEN;
    case ROW_AWAY:
        return PAINT_YELLOW;
    case ROW_BAD:
        return PAINT_RED;
    case ROW_NONE:
        break;
    }
    return PAINT_PLAIN;
}

enum paint_colour status_colour_of_name(const char *word)
{
    if (!word)
        return PAINT_PLAIN;
    return !strcmp(word, "written")   ? PAINT_GREEN
           : !strcmp(word, "refused") ? PAINT_RED
                                      : PAINT_YELLOW;
}
