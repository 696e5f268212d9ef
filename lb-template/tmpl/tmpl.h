/* Templates: the language of Go's text/template with consul-template's functions.
 *
 * A template is parsed once and executed often. An execution is a pure function of the template
 * and of what 'struct tmpl_run' carries: it reads no file, no clock and no environment of its own,
 * ends within its limits whatever the template says, and leaves its memory behind in one piece. */
#ifndef LB_TEMPLATE_TMPL_TMPL_H
#define LB_TEMPLATE_TMPL_TMPL_H

#include "lb-template/tmpl/source.h"
#include "lib/ipaddr.h"
#include "lib/sbuf.h"
#include "lib/strv.h"

struct tmpl;

#define TMPL_TEXT_MAX (16 * 1024 * 1024) /* bytes of a template */
#define TMPL_DELIMITER_MAX 32            /* bytes of a delimiter */

/* Parses 'len' bytes of 'text'; 'name' is what messages call it. 'left' and 'right' are the
 * delimiters, NULL for {{ and }}. NULL on failure: "template: NAME:LINE:COLUMN: what" with the line
 * and a caret on lines of their own. */
struct tmpl *tmpl_parse(const char *name, const char *text, size_t len, const char *left,
                        const char *right, struct err **err);

/* The same; functions whose names match a pattern of 'denied' (fnmatch) are not there. */
struct tmpl *tmpl_parse_denied(const char *name, const char *text, size_t len, const char *left,
                               const char *right, const struct strv *denied, struct err **err);

/* The same in the language of registrator's -tags: Go's own functions, registrator's, and those of
 * consul-template that only look at text. */
struct tmpl *tmpl_parse_registrator(const char *name, const char *text, size_t len,
                                    struct err **err);

void tmpl_free(struct tmpl *t);

struct tmpl_limits {
    size_t output;  /* bytes */
    size_t memory;  /* bytes */
    uint64_t steps; /* nodes evaluated, and work of functions in about the same unit */
    unsigned calls; /* templates that call each other */
};

/* A million steps take about 30 ms. */
extern const struct tmpl_limits tmpl_limits_default;

/* One address of this host, for `sockaddr`. */
struct tmpl_addr {
    const char *interface;
    struct ipaddr addr;
    bool is_default; /* the interface has the default route */
};

/* Who wants the output in pieces. Each `{{template "name" x}}` of the main template, where x is a
 * struct of tmpl_struct_lazy(), is one piece: an execution of its own that sees x alone, and is
 * left out where the caller knows its result. What stands between is common text. */
struct tmpl_cut {
    void (*common)(void *arg, const char *text, size_t len);
    /* Nothing is executed where it returns true. 'of' is what the struct is made from. */
    bool (*known)(void *arg, const struct tmpl_value *name, const void *of);
    void (*made)(void *arg, const struct tmpl_value *name, const void *of, const char *text,
                 size_t len);
    void *arg;
};

struct tmpl_run {
    const struct tmpl_cut *cut;       /* NULL: the result is one text; else it is empty */
    const struct tmpl_source *source; /* NULL: functions that need one fail */
    const struct tmpl_limits *limits; /* NULL: tmpl_limits_default */
    const struct tmpl_value *dot;     /* NULL: nothing, as in consul-template */
    double now;                       /* for `timestamp`, seconds since 1970 */
    const struct tmpl_addr *addrs;    /* for `sockaddr` */
    size_t n_addrs;
    bool error_on_missing_key; /* else a missing key is `<no value>` */
};

/* What the template asked for beside its own text: writeToFile. Strings are owned. */
struct tmpl_write {
    char *path, *user, *group;
    unsigned mode;
    bool append;
    char *data;
    size_t len;
};

struct tmpl_result {
    struct sbuf text;
    struct tmpl_deps deps; /* 'deps.missing' > 0: 'text' is not to be used yet */
    struct tmpl_write *writes;
    size_t n_writes, cap_writes;
    uint64_t steps; /* used */
    size_t memory;  /* bytes used beside the text */
};

/* Does 't' call a function that asks for data from outside: `service`, `key`, `file`, `env`? */
bool tmpl_asks(const struct tmpl *t);

/* Executes 't' into '*ret', which the caller has zeroed and frees with tmpl_result_done() in every
 * case. Returns 0, or -1 with the place in the template. */
int tmpl_execute(const struct tmpl *t, const struct tmpl_run *run, struct tmpl_result *ret,
                 struct err **err);

void tmpl_result_done(struct tmpl_result *r);

static inline void clean_tmpl(struct tmpl **t)
{
    tmpl_free(*t);
}

#endif
