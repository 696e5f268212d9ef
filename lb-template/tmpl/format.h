/* Printing as Go's fmt does: %v, Print, Println, Printf. */
#ifndef LB_TEMPLATE_TMPL_FORMAT_H
#define LB_TEMPLATE_TMPL_FORMAT_H

#include "lb-template/tmpl/exec.h"

/* Appends 'v' as %v: numbers, [a b], map[k:v] in key order, {fields}, <nil>. Returns 0, or -1 after
 * tmpl_fail() where lists and maps are too deep inside each other, or their walk too long. */
int tmpl_format_value(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *v);

/* As fmt.Sprint: a blank between two values where neither is a string. */
int tmpl_format_print(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *args,
                      size_t n);

/* As fmt.Sprintln. */
int tmpl_format_println(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *args,
                        size_t n);

/* As fmt.Sprintf, with its way to show what does not fit: %!d(string=hi), %!v(MISSING). Argument
 * indexes (%[1]d) are not known. */
int tmpl_format_printf(struct tmpl_exec *x, struct tmpl_buf *b, const struct tmpl_value *format,
                       const struct tmpl_value *args, size_t n);

#define TMPL_FLOAT_MAX 1100 /* room for any float in 512 digits of precision */

/* float.c: as strconv.FormatFloat(f, verb, precision, 64); 'verb' one of e, E, f, g, G, 'precision'
 * at most 500, or -1 for the shortest text that reads back as 'f'. Returns the length. */
size_t tmpl_float_format(double f, char verb, int precision, char ret[TMPL_FLOAT_MAX]);

/* quote.c: appends 's' as a Go string literal. 'ascii': other characters are escaped. */
void tmpl_quote(struct tmpl_buf *b, const char *s, size_t len, bool ascii);

#endif
