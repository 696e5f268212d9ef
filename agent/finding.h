/* What `berth doctor` finds: what is so, why it matters, and what mends it. Pure.
 *
 * Names and texts from the host are cut to FINDING_TEXT_MAX bytes; who prints them escapes them. */
#ifndef AGENT_FINDING_H
#define AGENT_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#define FINDING_TEXT_MAX 600
#define FINDINGS_MAX 4096 /* further ones count and are not kept */

enum finding_level {
    FINDING_OK,
    FINDING_INFO,    /* good to know */
    FINDING_UNKNOWN, /* it cannot be found out */
    FINDING_WARN,    /* works, and may hurt one day */
    FINDING_FAIL,    /* something does not work */
};

/* A file to be written. */
struct finding_fix {
    char *path; /* below the root: "proc/sys/net/ipv4/ip_forward" */
    char *value;
};

struct finding {
    const char *check; /* name of the check; a literal */
    enum finding_level level;
    char *found;
    const char *why;           /* a literal, or NULL */
    char *remedy;              /* a command, or what to do; NULL: nothing */
    struct finding_fix *fixes; /* what --fix writes; none: a person must decide */
    size_t n_fixes;
};

struct findings {
    struct finding *v;
    size_t n;
    size_t cap;
    const char *check; /* name of the check that runs */
    size_t left_out;
};

void findings_done(struct findings *l);

/* Adds a finding of the running check. The result is valid until the next one is added. */
struct finding *findings_add(struct findings *l, enum finding_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what matters; 'why' is a literal. */
struct finding *findings_add_why(struct findings *l, enum finding_level level, const char *why,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds to the remedy, behind what it has. */
void finding_remedy(struct finding *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Adds `sysctl -w` of 'path', a file below proc/sys/, to the remedy; where it is 'safe', --fix does
 * it. */
void finding_sysctl(struct finding *f, bool safe, const char *path, const char *value);

/* Lets --fix write 'value' to 'path'. */
void finding_add_fix(struct finding *f, const char *path, const char *value);

/* The worst level that was found. */
enum finding_level findings_worst(const struct findings *l);

/* "ok", "info", "unknown", "warn", "fail". */
const char *finding_level_name(enum finding_level level);

/* 'word' as a shell reads it back: in quotes where it must be. The caller frees it. */
char *finding_shell_word(const char *word);

#endif
