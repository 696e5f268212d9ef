/* What a template computes with: values in the sense of Go's templates.
 *
 * A value is 16 bytes, copied freely; what it points to lies in an arena. Values do not change once
 * they are made, except for maps that a template itself has made (sprig_set, scratch).
 * Pure: values in, values out. */
#ifndef LB_TEMPLATE_TMPL_VALUE_H
#define LB_TEMPLATE_TMPL_VALUE_H

#include <stdint.h>
#include <string.h>

#include "lb-template/tmpl/arena.h"

enum tmpl_kind {
    TMPL_NONE, /* no value: a key that is missing */
    TMPL_NIL,  /* JSON's null, Go's nil */
    TMPL_BOOL,
    TMPL_INT, /* every integer of Go's */
    TMPL_FLOAT,
    TMPL_STRING, /* bytes, mostly UTF-8 */
    TMPL_LIST,
    TMPL_MAP,    /* also structs, which have a type name and fields in their own order */
    TMPL_OBJECT, /* has methods: `scratch` */
};

struct tmpl_list;
struct tmpl_map;

struct tmpl_value {
    enum tmpl_kind kind;
    uint32_t len; /* bytes of a string */
    union {
        bool b;
        int64_t i;
        double f;
        const char *s;
        struct tmpl_list *list;
        struct tmpl_map *map; /* of an object too: its state */
    };
};

struct tmpl_list {
    struct tmpl_value *v;
    size_t n, cap;
    enum tmpl_kind elem; /* TMPL_STRING: Go's []string; TMPL_NONE: members of any kind */
    bool lazy;           /* members may be structs that are not filled yet */
};

struct tmpl_pair {
    struct tmpl_value key; /* a string, or an integer where 'keys' says so */
    struct tmpl_value value;
};

struct tmpl_map {
    struct tmpl_pair *v;
    size_t n, cap;
    uint32_t *index;     /* hash of key -> position + 1; NULL while the map is small */
    size_t slots;        /* of 'index', a power of two */
    const char *type;    /* a struct's type name; NULL: a map */
    enum tmpl_kind keys; /* TMPL_STRING or TMPL_INT */
    enum tmpl_kind elem; /* what `index` gives for a missing key: its zero; TMPL_NONE: nothing */
    bool sorted;         /* 'v' is in key order */
    bool frozen;         /* not the template's own: never changed, but for the order of 'v' */
    bool lazy;           /* values may be structs or lists that are not filled yet */

    /* A struct that is made when it is first looked into, see tmpl_struct_lazy(). */
    void (*fill)(struct tmpl_arena *a, struct tmpl_map *m); /* NULL: it is made */
    const void *of;                                         /* what it is made from */
};

/* The longest string; longer ones are refused where they are made. */
#define TMPL_STRING_MAX UINT32_MAX

static inline struct tmpl_value tmpl_none(void)
{
    return (struct tmpl_value){.kind = TMPL_NONE};
}

static inline struct tmpl_value tmpl_nil(void)
{
    return (struct tmpl_value){.kind = TMPL_NIL};
}

static inline struct tmpl_value tmpl_bool(bool b)
{
    return (struct tmpl_value){.kind = TMPL_BOOL, .b = b};
}

static inline struct tmpl_value tmpl_int(int64_t i)
{
    return (struct tmpl_value){.kind = TMPL_INT, .i = i};
}

static inline struct tmpl_value tmpl_float(double f)
{
    return (struct tmpl_value){.kind = TMPL_FLOAT, .f = f};
}

/* Borrows 's'. */
static inline struct tmpl_value tmpl_str(const char *s, size_t len)
{
    return (struct tmpl_value){.kind = TMPL_STRING, .len = (uint32_t)len, .s = s};
}

static inline struct tmpl_value tmpl_cstr(const char *s)
{
    return tmpl_str(s, strlen(s));
}

static inline struct tmpl_value tmpl_list_value(struct tmpl_list *l)
{
    return (struct tmpl_value){.kind = TMPL_LIST, .list = l};
}

static inline struct tmpl_value tmpl_map_value(struct tmpl_map *m)
{
    return (struct tmpl_value){.kind = TMPL_MAP, .map = m};
}

/* What was built in 'b', which lies in an arena. */
static inline struct tmpl_value tmpl_buf_value(const struct tmpl_buf *b)
{
    return tmpl_str(b->data ? b->data : "", b->len);
}

static inline bool tmpl_is(const struct tmpl_value *v, const char *s)
{
    return v->kind == TMPL_STRING && v->len == strlen(s) && !memcmp(v->s, s, v->len);
}

/* A list with room for 'cap' members. */
struct tmpl_list *tmpl_list_new(struct tmpl_arena *a, size_t cap);
void tmpl_list_add(struct tmpl_arena *a, struct tmpl_list *l, struct tmpl_value v);

/* A map with string keys and values of any kind. */
struct tmpl_map *tmpl_map_new(struct tmpl_arena *a);

/* Makes room for 'n' pairs in 'm', which has none. */
void tmpl_map_reserve(struct tmpl_arena *a, struct tmpl_map *m, size_t n);

/* A struct: its fields keep the order in which they are set, and others cannot be asked for.
 * 'type' is what messages call it; borrowed. */
struct tmpl_map *tmpl_struct_new(struct tmpl_arena *a, const char *type);

/* A struct whose fields 'fill' sets, from 'of', when a template looks into it: of thousands of
 * them, a template needs those that have changed. */
struct tmpl_map *tmpl_struct_lazy(struct tmpl_arena *a, const char *type,
                                  void (*fill)(struct tmpl_arena *a, struct tmpl_map *m),
                                  const void *of);

/* Fills 'm' itself, where it is lazy. */
void tmpl_map_fill(struct tmpl_arena *a, struct tmpl_map *m);

/* Fills what is lazy in 'v', through and through. */
void tmpl_fill(struct tmpl_arena *a, const struct tmpl_value *v);

/* Sets 'key', whose kind is that of the map's keys. */
void tmpl_map_set(struct tmpl_arena *a, struct tmpl_map *m, struct tmpl_value key,
                  struct tmpl_value value);

/* The value at 'key', or NULL. Valid until the map changes. */
const struct tmpl_value *tmpl_map_get(const struct tmpl_map *m, struct tmpl_value key);
const struct tmpl_value *tmpl_map_gets(const struct tmpl_map *m, const char *key);

/* Brings 'v' into key order; a struct keeps its own. */
void tmpl_map_sort(struct tmpl_map *m);

/* Another map with the same pairs, which may be changed. */
struct tmpl_map *tmpl_map_copy(struct tmpl_arena *a, const struct tmpl_map *m);

/* Byte order of two strings. */
int tmpl_string_cmp(const struct tmpl_value *a, const struct tmpl_value *b);

/* False for what is zero or empty, as Go's templates see it. */
bool tmpl_truth(const struct tmpl_value *v);

/* What Go's %T says: "int", "[]interface {}". A literal, or a struct's type name. */
const char *tmpl_type_name(const struct tmpl_value *v);

#endif
