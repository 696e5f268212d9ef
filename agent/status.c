#include "agent/status.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "agent/row.h"
#include "agent/status_part.h"
#include "agent/table.h"
#include "lib/json.h"

static void print_ports(const struct rows *rows, const struct paint *p, struct sbuf *out);
static void print_foreign(const struct rows *rows, const struct paint *p, struct sbuf *out);
static void print_names(const json_t *state, const struct paint *p, struct sbuf *out);
static void print_table(struct table *t, const struct table_column *columns, const struct paint *p,
                        struct sbuf *out);

void status_print(const json_t *state, const struct paint *p, struct sbuf *out)
{
    struct rows rows = {0};

    rows_make(state, &rows);
    status_print_head(state, p, out);
    print_ports(&rows, p, out);
    print_foreign(&rows, p, out);
    print_names(state, p, out);
    sbuf_addch(out, '\n');
    status_print_summary(state, p, out);
    sbuf_addch(out, '\n');
    status_print_problems(state, p, out);
    rows_done(&rows);
}

/* ---- what runs here ---- */

static const struct table_column port_columns[] = {
    {"CONTAINER", 12, 0}, {"CONTAINER ADDRESS", 0, 3},   {"HOST ADDRESS", 0, 0},
    {"SERVICE", 8, 0},    {"SERVICE PORT/VHOST", 10, 1}, {"HAPROXY", 8, 0},
};

/* 'reason' stands in the row where there is room for it, else below the table. */
static void add_port_row(struct table *t, const struct row *r, const char *reason)
{
    char buffer[32];

    table_add(t, r->container);
    table_add(t, r->inside);
    table_add(t, r->outside);
    table_add(t, r->service);
    table_add(t, r->ways);
    table_add_painted(t, status_colour(r->health),
                      r->reason && reason ? reason : row_state(r, buffer));
}

static void add_port_rows(struct table *t, const struct rows *rows, const char *reason)
{
    table_begin(t, port_columns, ARRAY_LEN(port_columns));
    for (size_t i = 0; i < rows->n; i++)
        if (rows->v[i].ours)
            add_port_row(t, &rows->v[i], reason);
}

static void print_reasons(const struct rows *rows, const struct paint *p, struct sbuf *out)
{
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->v[i];
        CLEAN(sbuf) struct sbuf line = SBUF_INIT;

        if (!r->ours || !r->reason)
            continue;
        sbuf_add_printable(&line, r->container ? r->container : "?");
        sbuf_addch(&line, ' ');
        sbuf_add_printable(&line, r->inside ? r->inside : "");
        sbuf_adds(&line, " is not reached: ");
        sbuf_add_printable(&line, r->said);
        paint_wrap(p, sbuf_str(&line), 0, 2, out);
        sbuf_addch(out, '\n');
    }
}

static void print_ports(const struct rows *rows, const struct paint *p, struct sbuf *out)
{
    struct table t;

    add_port_rows(&t, rows, NULL);
    bool narrow = p->columns && table_width(&t) > p->columns;
    if (narrow) {
        table_done(&t);
        add_port_rows(&t, rows, "not reached");
    }
    sbuf_addch(out, '\n');
    if (table_rows(&t))
        print_table(&t, port_columns, p, out);
    else
        sbuf_adds(out, "no container here has a port to be served: one with EXPOSE in its image, "
                       "or -p or --expose, is listed\n");
    if (narrow)
        print_reasons(rows, p, out);
    table_done(&t);
}

/* ---- what runs elsewhere ---- */

static void print_foreign(const struct rows *rows, const struct paint *p, struct sbuf *out)
{
    static const struct table_column columns[] = {
        {"OTHER SERVER", 12, 1}, {"NODE", 6, 0},    {"ADDRESS", 0, 0},
        {"SERVICE", 8, 0},       {"HAPROXY", 5, 0},
    };
    struct table t;

    table_begin(&t, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < rows->n; i++) {
        const struct row *r = &rows->v[i];

        if (r->ours)
            continue;
        table_add(&t, r->container);
        table_add(&t, r->node);
        table_add(&t, r->outside);
        table_add(&t, r->service);
        table_add_painted(&t, status_colour(r->health), r->said);
    }
    if (table_rows(&t)) {
        sbuf_addch(out, '\n');
        print_table(&t, columns, p, out);
    }
    table_done(&t);
}

/* What the records of a name say, without time to live and class. */
static void add_records(struct table *t, const json_t *records)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    const json_t *item;
    size_t i;

    json_array_foreach(records, i, item) {
        const char *record = json_string_value(item);
        const char *class = record ? strstr(record, " IN ") : NULL;

        sbuf_addf(&text, "%s%s", i ? ", " : "", class ? class + 4 : "?");
    }
    table_add(t, sbuf_str(&text));
}

static void print_names(const json_t *state, const struct paint *p, struct sbuf *out)
{
    static const struct table_column columns[] = {
        {"NAME IN DNS", 12, 0}, {"RECORDS", 10, 0}, {"STATE", 0, 0}};
    struct table t;
    const json_t *name;
    size_t i;

    table_begin(&t, columns, ARRAY_LEN(columns));
    json_array_foreach(json_arr(json_obj(state, "dns"), "names"), i, name) {
        const char *word = json_str(name, "state");

        table_add(&t, json_str(name, "name"));
        add_records(&t, json_arr(name, "records"));
        table_add_painted(&t, status_colour_of_name(word), word);
    }
    if (table_rows(&t)) {
        sbuf_addch(out, '\n');
        print_table(&t, columns, p, out);
    }
    table_done(&t);
}

static void print_table(struct table *t, const struct table_column *columns, const struct paint *p,
                        struct sbuf *out)
{
    size_t left_out = table_fit(t, columns, p, out);

    if (left_out)
        sbuf_addf(out, "(%zu column%s left out: the terminal is too narrow)\n", left_out,
                  left_out == 1 ? " is" : "s are");
}
