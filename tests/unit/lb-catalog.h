/* Catalogs for tests, written as text. */
#ifndef TESTS_UNIT_LB_CATALOG_H
#define TESTS_UNIT_LB_CATALOG_H

#include "lb-template/rendering.h"
#include "registrator/catalog.h"

/* Appends the instances of 'text' to 'ret' and sorts it. One a line; "#" begins a comment line;
 * what is missing at the end is empty:
 *
 *     service|node|id|address|port|state|key=value|key=value
 *
 * "\n" stands for a line end inside a field. */
void lb_catalog_parse(const char *text, struct instances *ret);

/* 'c' holds exactly the instances of 'text' from now on. */
void lb_catalog_set(struct catalog *c, const char *text);

/* What a renderer is asked with where every port can be opened. */
struct renderer_input lb_catalog_input(double now, struct problems *problems);

#endif
