#include "registrator/catalog_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/file.h"
#include "lib/file_writer.h"
#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"

#define FILE_MAX (256 * 1024 * 1024) /* bytes: some 500,000 instances */
#define SLICE (32 * 1024)            /* bytes written at a time; one service may be more */
#define MODE 0640                    /* it tells what runs where */

struct catalog_file {
    struct file_writer *out; /* NULL: complete */
    char *last;              /* the service that was written last */
    struct sbuf text;        /* of the slice */
};

static void add_line(struct sbuf *text, json_t *line);
static json_t *service_json(const struct catalog_service *s);
static json_t *instance_json(const struct instance *i);
static FILE *open_to_read(const char *path, struct err **err);
static int read_lines(FILE *in, struct catalog *ret, double *ret_when, struct err **err);
static int read_first(const char *line, double *ret_when, struct err **err);
static int read_service(const char *line, struct catalog *ret, struct err **err);
static void read_instance(json_t *doc, const char *service, struct instances *ret);

struct catalog_file *catalog_file_new(const char *path, double when, struct err **err)
{
    struct file_writer *out = NULL;

    if (!file_make_dirs_of(path, 0755, err))
        out = file_writer_new(path, MODE, err);
    if (!out)
        return NULL;
    struct catalog_file *f = xcalloc(1, sizeof *f);
    CLEAN(json) json_t *line = json_object();

    json_object_set_new(line, "seen", json_real(when));
    add_line(&f->text, line);
    f->out = out;
    f->last = xstrdup("");
    return f;
}

int catalog_file_write(struct catalog_file *f, const struct catalog *c, struct err **err)
{
    const struct catalog_service *s = NULL;

    while (f->text.len < SLICE && (s = catalog_next(c, f->last))) {
        CLEAN(json) json_t *line = service_json(s);

        add_line(&f->text, line);
        free(f->last);
        f->last = xstrdup(s->name);
    }
    if (file_writer_add(f->out, f->text.data, f->text.len, err))
        return -1;
    sbuf_clear(&f->text);
    return s ? 1 : file_writer_commit(TAKE_PTR(f->out), err);
}

void catalog_file_free(struct catalog_file *f)
{
    if (!f)
        return;
    file_writer_free(f->out);
    sbuf_done(&f->text);
    free(f->last);
    free(f);
}

int catalog_file_read(const char *path, struct catalog *ret, double *ret_when, struct err **err)
{
    FILE *in = open_to_read(path, err);

    if (!in)
        return -1;
    int status = read_lines(in, ret, ret_when, err);
    fclose(in);
    if (!status)
        return 0;
    catalog_done(ret);
    return err_wrap(err, "%s", path);
}

static void add_line(struct sbuf *text, json_t *line)
{
    CLEAN(free_str) char *s = json_dumps(line, JSON_COMPACT);

    sbuf_adds(text, s);
    sbuf_addch(text, '\n');
}

static json_t *service_json(const struct catalog_service *s)
{
    json_t *line = json_object(), *list = json_array();

    json_set_str(line, "service", s->name);
    for (size_t i = 0; i < s->instances.n; i++)
        json_array_append_new(list, instance_json(&s->instances.v[i]));
    json_object_set_new(line, "instances", list);
    return line;
}

static json_t *instance_json(const struct instance *i)
{
    json_t *doc = json_object(), *tags = json_array(), *meta = json_object();

    json_set_str(doc, "id", i->id);
    json_set_str(doc, "node", i->node);
    json_set_str(doc, "address", i->address);
    json_object_set_new(doc, "port", json_integer(i->port));
    if (i->address6)
        json_set_str(doc, "address6", i->address6);
    if (i->weight)
        json_object_set_new(doc, "weight", json_integer(i->weight));
    if (i->weight_warning)
        json_object_set_new(doc, "weight_warning", json_integer(i->weight_warning));
    json_set_str(doc, "container_address", i->container_address);
    json_object_set_new(doc, "container_port", json_integer(i->container_port));
    json_object_set_new(doc, "state", json_string(instance_state_name(i->state)));
    for (size_t t = 0; t < i->tags.n; t++)
        json_array_append_new(tags, json_string(i->tags.v[t]));
    json_object_set_new(doc, "tags", tags);
    for (size_t m = 0; m < i->meta.n; m++)
        json_set_str(meta, i->meta.v[m].key, i->meta.v[m].value);
    json_object_set_new(doc, "meta", meta);
    return doc;
}

static FILE *open_to_read(const char *path, struct err **err)
{
    FILE *in = fopen(path, "re");
    struct stat st;

    if (!in || fstat(fileno(in), &st)) {
        err_set_errno(err, errno, "cannot read %s", path);
    } else if (st.st_size > FILE_MAX) {
        err_set_code(err, EFBIG, "cannot read %s: it has more than %d bytes", path, FILE_MAX);
    } else {
        return in;
    }
    if (in)
        fclose(in);
    return NULL;
}

static int read_lines(FILE *in, struct catalog *ret, double *ret_when, struct err **err)
{
    CLEAN(free_str) char *line = NULL;
    size_t room = 0, at = 0;
    double when = 0.;

    while (getline(&line, &room, in) >= 0) {
        at++;
        if (at == 1 ? read_first(line, &when, err) : read_service(line, ret, err))
            return err_wrap(err, "line %zu", at);
    }
    if (ferror(in))
        return err_set_errno(err, errno, "cannot read on after line %zu", at);
    if (!at)
        return err_set(err, "it is empty");
    *ret_when = when;
    return 0;
}

static int read_first(const char *line, double *ret_when, struct err **err)
{
    CLEAN(json) json_t *doc = json_parse(line, strlen(line), err);
    const json_t *seen = json_object_get(doc, "seen");

    if (!doc)
        return -1;
    if (!json_is_number(seen) || json_object_size(doc) != 1)
        return err_set(err, "this is no catalog of berth's");
    *ret_when = json_number_value(seen);
    return 0;
}

static int read_service(const char *line, struct catalog *ret, struct err **err)
{
    CLEAN(json) json_t *doc = json_parse(line, strlen(line), err);
    const char *service = json_str(doc, "service");
    json_t *list = json_arr(doc, "instances"), *entry;
    struct instances now = {0};
    size_t at;

    if (!doc)
        return -1;
    if (!service || !list)
        return err_set(err, "this is no service of berth's catalog");
    json_array_foreach(list, at, entry)
        read_instance(entry, service, &now);
    instances_sort(&now);
    catalog_set(ret, service, &now);
    return 0;
}

/* A port or a weight; 0 for what is none. */
static uint16_t read_number(const json_t *doc, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(doc, key));

    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

static enum instance_state read_state(const json_t *doc)
{
    const char *name = json_str(doc, "state");

    for (int state = INSTANCE_PASSING; name && state <= INSTANCE_CRITICAL; state++)
        if (!strcmp(name, instance_state_name((enum instance_state)state)))
            return (enum instance_state)state;
    return INSTANCE_PASSING;
}

static void read_lists(json_t *doc, struct instance *i)
{
    json_t *tags = json_arr(doc, "tags"), *meta = json_obj(doc, "meta"), *value;
    const char *key;
    size_t at;

    json_array_foreach(tags, at, value)
        if (json_is_string(value))
            strv_add(&i->tags, json_string_value(value));
    json_object_foreach(meta, key, value)
        if (json_is_string(value))
            kvs_add(&i->meta, key, json_string_value(value));
    kvs_sort(&i->meta);
}

static void read_instance(json_t *doc, const char *service, struct instances *ret)
{
    const char *id = json_str(doc, "id"), *node = json_str(doc, "node");
    const char *address = json_str(doc, "address");
    const char *container = json_str(doc, "container_address"), *six = json_str(doc, "address6");

    if (!id || !node || !address)
        return;
    struct instance *i = instances_add(ret);
    i->id = xstrdup(id);
    i->service = xstrdup(service);
    i->node = xstrdup(node);
    i->address = xstrdup(address);
    i->address6 = six ? xstrdup(six) : NULL;
    i->port = read_number(doc, "port");
    i->weight = read_number(doc, "weight");
    i->weight_warning = read_number(doc, "weight_warning");
    i->container_address = container ? xstrdup(container) : NULL;
    i->container_port = read_number(doc, "container_port");
    i->state = read_state(doc);
    read_lists(doc, i);
}
