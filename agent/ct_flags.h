/* consul-template's command line: flags that say how to run, and flags that stand for what a
 * configuration file says. */
#ifndef AGENT_CT_FLAGS_H
#define AGENT_CT_FLAGS_H

#include "agent/ct_config.h"
#include "lib/sbuf.h"

struct ct_flags {
    bool once, dry, parse_only, version;
    struct strv configs; /* paths */
    json_t *config;      /* the others, as ct_config_take() reads them; owned */
};

/* Reads 'argv' into '*f', which is zeroed and freed with ct_flags_done() in every case. Returns 0,
 * -1 with what is wrong, or 1 where help is asked for. Secrets are overwritten in 'argv', so that
 * `ps` does not show them. */
int ct_flags_parse(struct ct_flags *f, int argc, char **argv, struct err **err);
void ct_flags_done(struct ct_flags *f);

/* Appends a line or two for each flag. */
void ct_flags_usage(struct sbuf *out);

#endif
