/* The parsed form of a template: nodes in an arena, and what the positions in them mean. */
#ifndef LB_TEMPLATE_TMPL_NODE_H
#define LB_TEMPLATE_TMPL_NODE_H

#include "lb-template/tmpl/value.h"
#include "lib/err.h"
#include "lib/strv.h"

struct tmpl_function;

enum tmpl_node_type {
    /* statements */
    NODE_TEXT,     /* value */
    NODE_ACTION,   /* pipe */
    NODE_IF,       /* pipe, list, otherwise */
    NODE_WITH,     /* the same */
    NODE_RANGE,    /* the same */
    NODE_TEMPLATE, /* value: the name; pipe or NULL */
    NODE_BREAK,
    NODE_CONTINUE,
    /* expressions */
    NODE_PIPE,     /* args: commands; the variables it sets */
    NODE_COMMAND,  /* args: operands, the first one is what is called */
    NODE_FUNCTION, /* function */
    NODE_DOT,      /* fields, where there are any: .a.b */
    NODE_VARIABLE, /* slot; fields */
    NODE_CHAIN,    /* args: one operand; fields */
    NODE_CONSTANT, /* value */
};

struct tmpl_node {
    enum tmpl_node_type type;
    uint32_t pos, end;      /* its text, for messages */
    struct tmpl_node *next; /* of the statements of a list, or of the members of 'args' */
    struct tmpl_node *args;
    size_t n_args;
    struct tmpl_node *pipe;
    struct tmpl_node *list, *otherwise; /* statements */
    struct tmpl_value value;
    struct tmpl_value *fields; /* strings */
    size_t n_fields;
    const struct tmpl_function *function;
    size_t slot; /* of a variable; 0 is $ */

    /* of a pipe */
    size_t slots[2];
    size_t n_slots;
    bool assign; /* sets variables that are there: '=' */
};

/* One named template. */
struct tmpl_define {
    struct tmpl_define *next;
    struct tmpl_value name;
    struct tmpl_node *list; /* NULL: it is empty */
};

struct tmpl {
    char *name;                                   /* of the file, as messages show it; owned */
    const struct tmpl_function *const *functions; /* the groups it may call */
    char *text;                                   /* owned */
    size_t len;
    struct tmpl_arena arena; /* of the nodes */
    struct tmpl_define *defines;
    struct tmpl_define *main;  /* among them */
    const struct strv *denied; /* patterns of functions; while it is parsed; borrowed, or NULL */
    bool asks;                 /* a function of fn_source.c is called somewhere */
};

/* The template called 'name', or NULL. */
const struct tmpl_define *tmpl_find(const struct tmpl *t, const struct tmpl_value *name);

/* Puts "template: NAME:LINE:COLUMN: " before the message of '*err', and the line at 'pos' with a
 * caret behind it. Lines and columns count from one. Always returns -1. */
int tmpl_locate(const struct tmpl *t, uint32_t pos, struct err **err);

#endif
