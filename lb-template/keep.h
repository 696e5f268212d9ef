/* What a service had in haproxy.cfg before: sections of a text, found again in another by their
 * headers. Pure. */
#ifndef LB_TEMPLATE_KEEP_H
#define LB_TEMPLATE_KEEP_H

/* The sections of 'file', as they stand there, that have the type and the name of one in 'piece',
 * the text of whole sections. NULL where there is none, or where 'piece' has a section without a
 * name, which no header finds again. The caller frees it. */
char *keep_sections(const char *file, const char *piece);

#endif
