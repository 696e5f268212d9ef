/* The renderer that is built in: catalog -> routes -> a template -> haproxy.cfg, in pieces.
 *
 * The template is conf/haproxy.ctmpl, which is part of the program, or a file of the operator's. It
 * is read at the start, and again when somebody says that it has been edited; one that cannot be
 * used is reported, and the last good one stays. The certificates' directory is read at each
 * rendering. */
#ifndef LB_TEMPLATE_ROUTES_RENDERER_H
#define LB_TEMPLATE_ROUTES_RENDERER_H

#include "lb-template/rendering.h"
#include "lb-template/select.h"
#include "lb-template/settings.h"
#include "registrator/catalog.h"

struct routes_renderer;

/* 'settings' and 'select', which says what is served, are borrowed. Renders nothing before the
 * first catalog. NULL where the template of the settings cannot be read or parsed. */
struct routes_renderer *routes_renderer_new(const struct settings *settings,
                                            const struct select *select, struct err **err);

void routes_renderer_free(struct routes_renderer *r);

/* The catalog from now on, borrowed; it may change in place between two renderings. */
void routes_renderer_catalog(struct routes_renderer *r, const struct catalog *catalog);

/* The operator's template may be another one: the next rendering reads it again. */
void routes_renderer_edited(struct routes_renderer *r);

/* The settings and what is served have changed in place: the next rendering reads everything again,
 * the template too. What comes out as before keeps its stamp. */
void routes_renderer_configured(struct routes_renderer *r);

/* It as a renderer, for struct lb_config. */
struct renderer *routes_renderer_base(struct routes_renderer *r);

#endif
