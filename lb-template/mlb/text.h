/* A service's templates, filled with its values.
 *
 * The template is the service's own (from a label, and then looked at once more when it is filled),
 * or the operator's, or the default. Pure. */
#ifndef LB_TEMPLATE_MLB_TEXT_H
#define LB_TEMPLATE_MLB_TEXT_H

#include "lb-template/mlb/format.h"
#include "lb-template/mlb/options.h"
#include "lb-template/mlb/rules.h"
#include "lb-template/mlb/service.h"
#include "lib/err.h"
#include "lib/sbuf.h"

#define MLB_VALUES_MAX 48

struct mlb_text {
    const struct mlb_options *options;
    const struct mlb_service *service;
    struct mlb_names names;
    char port[8];
    char *ssl_cert, *bind_options, *hosts; /* owned */
    struct mlb_value values[MLB_VALUES_MAX];
    size_t n;
};

/* All is borrowed; 'app' is the app's id. */
void mlb_text_init(struct mlb_text *t, const struct mlb_options *options,
                   const struct mlb_service *service, const char *app,
                   const struct mlb_names *names);
void mlb_text_done(struct mlb_text *t);

/* Sets a value, which is borrowed. */
void mlb_text_set(struct mlb_text *t, const char *name, const char *value);

/* Appends template 'id', filled. The error names the template. */
int mlb_text_add(struct mlb_text *t, enum mlb_template id, struct sbuf *out, struct err **err);

/* The same without the blanks at both ends, and with one in front where anything is left. */
int mlb_text_add_words(struct mlb_text *t, enum mlb_template id, struct sbuf *out,
                       struct err **err);

#endif
