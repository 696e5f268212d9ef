/* consul-template's configuration: files and command line as values, and what is refused. */
#include "agent/ct_config.h"

#include <string.h>

#include "agent/ct_flags.h"
#include "agent/ct_value.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static void add_list(struct sbuf *b, const char *name, const struct strv *l)
{
    CLEAN(free_str) char *joined = strv_join(l, "|");

    if (l->n)
        sbuf_addf(b, " %s=%s", name, joined);
}

static void add_text(struct sbuf *b, const char *name, const char *text)
{
    if (text)
        sbuf_addf(b, " %s=%s", name, text);
}

static void add_template(struct sbuf *b, const struct render_target *t)
{
    sbuf_adds(b, "template");
    add_text(b, "source", t->source);
    add_text(b, "contents", t->contents);
    add_text(b, "destination", t->destination);
    add_text(b, "user", t->user);
    add_text(b, "left", t->left);
    add_text(b, "right", t->right);
    add_text(b, "sandbox", t->sandbox);
    add_list(b, "command", &t->command);
    add_list(b, "custom", &t->env.custom);
    add_list(b, "denied", &t->denied);
    sbuf_addf(b, " perms=%o timeout=%g wait=%g:%g flags=%d%d%d%d\n", (unsigned)t->perms,
              t->command_timeout, t->wait.min, t->wait.max, t->backup, t->make_dirs,
              t->error_on_missing_key, t->error_fatal);
}

/* Everything, but for what stands at its default. */
static char *shown(const struct ct_config *c)
{
    struct sbuf b = SBUF_INIT;
    struct strv variables = {0};

    ct_consul_environment(&c->consul, &variables);
    add_list(&b, "consul", &variables);
    add_list(&b, "exec", &c->exec.command);
    add_list(&b, "allow", &c->exec.env.allow);
    add_text(&b, "log", c->log_level);
    add_text(&b, "pid", c->pid_file);
    add_text(&b, "facility", c->syslog.facility);
    add_list(&b, "idle", &c->idle);
    if (c->consul.retry >= 0 || c->consul.attempts)
        sbuf_addf(&b, " retry=%d,%u,%g,%g", c->consul.retry, c->consul.attempts, c->consul.backoff,
                  c->consul.max_backoff);
    if (c->block_query_wait > 0. || c->exec.timeout > 0.)
        sbuf_addf(&b, " wait=%g timeout=%g", c->block_query_wait, c->exec.timeout);
    sbuf_addf(&b, " signals=%d,%d,%d,%d stale=%g%s%s%s\n", c->reload_signal, c->kill_signal,
              c->exec.reload_signal, c->exec.kill_signal, c->max_stale, c->once ? " once" : "",
              c->err_on_failed_lookup ? " lookup" : "", c->syslog.enabled ? " syslog" : "");
    for (size_t i = 0; i < c->n; i++)
        add_template(&b, &c->templates[i]);
    strv_done(&variables);
    return sbuf_take(&b);
}

/* What the files 'first' and 'second' (NULL: none) and the words 'line' come to. */
static char *read_all(const char *first, const char *second, const char *line)
{
    CLEAN(err) struct err *err = NULL;
    struct ct_config c;
    struct ct_flags flags = {0};
    struct strv words = {0};

    strv_add(&words, "consul-template");
    for (const char *p = line; *p;) {
        size_t len = strcspn(p, " ");

        strv_addn(&words, p, len);
        p += len + (p[len] == ' ');
    }
    ct_config_init(&c);
    int status = ct_flags_parse(&flags, (int)words.n, words.v, &err);
    if (!status && first)
        status = ct_config_parse(&c, "one", first, strlen(first), &err);
    if (!status && second)
        status = ct_config_parse(&c, "two", second, strlen(second), &err);
    if (!status && !ct_config_take(&c, flags.config, &err))
        status = ct_config_finish(&c, &err);
    char *text = err ? xstrdup(err_msg(err)) : shown(&c);
    ct_config_done(&c);
    ct_flags_done(&flags);
    strv_done(&words);
    return text;
}

static const char everything[] =
    "consul {\n"
    "  address = \"c:8500\"\n"
    "  auth { enabled = true username = \"u\" password = \"p\" }\n"
    "  token = \"t\"\n"
    "  ssl { enabled = true verify = false ca_cert = \"ca\" }\n"
    "  retry { attempts = 3 backoff = \"1s\" }\n"
    "}\n"
    "log_level = \"debug\" pid_file = \"pid\" reload_signal = \"SIGUSR1\" kill_signal = \"\"\n"
    "max_stale = \"10m\" deduplicate { enabled = true prefix = \"x\" }\n"
    "wait { min = \"5s\" max = \"10s\" }\n"
    "default_delimiters { left = \"<\" right = \">\" }\n"
    "exec { command = [\"a\", \"b\"] reload_signal = \"hup\" kill_signal = \"TERM\"\n"
    "  env { allowlist = [\"A*\"] } }\n"
    "vault { renew_token = false }\n"
    "template {\n"
    "  source = \"in\" destination = \"out\" create_dest_dirs = false backup = true perms = 0640\n"
    "  command = \"do it\" command_timeout = \"1m30s\" user = \"www\" left_delimiter = \"[[\"\n"
    "  error_on_missing_key = true error_fatal = false wait = \"1s\" sandbox_path = \"/s\"\n"
    "  function_denylist = [\"file\", \"key*\"] exec { env { custom = [\"A=1\"] } }\n"
    "}\n"
    "template { contents = \"x\" destination = \"o\" perms = \"0600\" }\n";

static const struct {
    const char *first, *second, *line, *wanted;
} rows[] = {
    {NULL, NULL, "-template in:out:do",
     " signals=1,2,0,2 stale=2\n"
     "template source=in destination=out command=/bin/sh|-c|do perms=37777777777 timeout=30 "
     "wait=0:0 flags=0101\n"},
    {everything, NULL, "",
     " consul=CONSUL_HTTP_ADDR=c:8500|CONSUL_HTTP_TOKEN=t|CONSUL_HTTP_AUTH=u:p|"
     "CONSUL_HTTP_SSL=true|CONSUL_HTTP_SSL_VERIFY=false|CONSUL_CACERT=ca exec=a|b allow=A* "
     "log=debug pid=pid idle=deduplicate|vault retry=-1,3,1,0 signals=10,0,1,15 stale=600\n"
     "template source=in destination=out user=www left=[[ right=> sandbox=/s "
     "command=/bin/sh|-c|do it custom=A=1 denied=file|key* perms=640 timeout=90 wait=1:4 "
     "flags=1010\n"
     "template contents=x destination=o left=< right=> perms=600 timeout=30 wait=5:10 "
     "flags=0101\n"},
    {"log_level = \"info\" consul { address = \"a\" token = \"t\" }\n"
     "template { source = \"1\" destination = \"1\" }",
     "log_level = \"warn\" consul { address = \"b\" }\n"
     "template { source = \"2\" destination = \"2\" }",
     "-consul-addr=c -once -wait 2s:3s -template-error-fatal=false -consul-ssl -template 3:3",
     " consul=CONSUL_HTTP_ADDR=c|CONSUL_HTTP_TOKEN=t|CONSUL_HTTP_SSL=true log=warn "
     "signals=1,2,0,2 stale=2\n"
     "template source=1 destination=1 perms=37777777777 timeout=30 wait=2:3 flags=0100\n"
     "template source=2 destination=2 perms=37777777777 timeout=30 wait=2:3 flags=0100\n"
     "template source=3 destination=3 perms=37777777777 timeout=30 wait=2:3 flags=0100\n"},
    {"{\"consul\": \"j:1\", \"exec\": \"run\", \"template\": [{\"source\": \"1\", "
     "\"destination\": \"1\", \"command\": [\"x\"]}]}",
     NULL, "",
     " consul=CONSUL_HTTP_ADDR=j:1 exec=/bin/sh|-c|run signals=1,2,0,2 stale=2\n"
     "template source=1 destination=1 command=x perms=37777777777 timeout=30 wait=0:0 "
     "flags=0101\n"},
    {"consul { retry { enabled = false attempts = 5 max_backoff = \"2s\" }\n"
     "  transport { dial_timeout = \"1s\" } }\n"
     "block_query_wait = \"10s\" err_on_failed_lookup = true log_file { path = \"l\" }\n"
     "syslog { enabled = true facility = \"LOCAL5\" } exec { timeout = \"3s\" }\n"
     "template { contents = \"x\" destination = \"o\" command = \"c\"\n"
     "  exec { enabled = false splay = \"1s\" } }",
     NULL, "-consul-transport-dial-timeout 2s",
     " facility=LOCAL5 idle=transport.dial_timeout|log_file|exec.splay retry=0,5,0,2 wait=10 "
     "timeout=3 signals=1,2,0,2 stale=2 lookup syslog\n"
     "template contents=x destination=o perms=37777777777 timeout=30 wait=0:0 flags=0101\n"},
    {NULL, NULL, "-consul-retry-attempts 2 -consul-retry=false -block-query-wait 1m -template a:b",
     " retry=0,2,0,0 wait=60 timeout=0 signals=1,2,0,2 stale=2\n"
     "template source=a destination=b perms=37777777777 timeout=30 wait=0:0 flags=0101\n"},
    {"consul { retry { attempts = -1 } }", NULL, "",
     "one:1:18: \"attempts\" must be a number from 0 to 1000000\n"
     "    consul { retry { attempts = -1 } }\n                     ^"},
    {"consul {\n  adress = \"x\"\n}", NULL, "",
     "one:2:3: there is no key \"adress\" here\n      adress = \"x\"\n      ^"},
    {"nonsense = 1", NULL, "",
     "one:1:1: there is no key \"nonsense\" here\n    nonsense = 1\n    ^"},
    {"template {\n  source = 1\n}", NULL, "",
     "one:2:3: \"source\" must be a string\n      source = 1\n      ^"},
    {"template { }", NULL, "",
     "one:1:1: a template has either \"source\" or \"contents\"\n    template { }\n    ^"},
    {"template { source = \"a\" contents = \"b\" }", NULL, "",
     "one:1:1: a template has either \"source\" or \"contents\"\n"
     "    template { source = \"a\" contents = \"b\" }\n    ^"},
    {"template { source = \"a\" }", NULL, "",
     "one:1:1: a template has a \"destination\"\n    template { source = \"a\" }\n    ^"},
    {"wait = \"10s:5s\"", NULL, "",
     "one:1:1: \"wait\" must be MIN or MIN:MAX, as in \"5s:10s\"\n    wait = \"10s:5s\"\n    ^"},
    {"max_stale = 5", NULL, "",
     "one:1:1: \"max_stale\" must be a time with its unit, as in \"30s\" or \"1m30s\"\n"
     "    max_stale = 5\n    ^"},
    {"kill_signal = \"SIGNONE\"", NULL, "",
     "one:1:1: \"kill_signal\" must be a signal, as in \"SIGHUP\", or \"\" for none\n"
     "    kill_signal = \"SIGNONE\"\n    ^"},
    {"template { source = \"a\" destination = \"b\" perms = 99999 }", NULL, "",
     "one:1:43: \"perms\" must be a mode, as in 0644\n"
     "    template { source = \"a\" destination = \"b\" perms = 99999 }\n"
     "                                              ^"},
    {"consul = 1", NULL, "", "one:1:1: \"consul\" must be a block\n    consul = 1\n    ^"},
    {"", NULL, "",
     "there is no template: -template IN:OUT, or a template block in a file that -config names"},
    {NULL, NULL, "-no-such", "flag provided but not defined: -no-such"},
    {NULL, NULL, "more", "unexpected argument 'more'"},
    {NULL, NULL, "-wait x", "\"wait\" must be MIN or MIN:MAX, as in \"5s:10s\""},
};

static void check_seconds(void)
{
    static const struct {
        const char *text;
        double wanted; /* -1: refused */
    } times[] = {{"0", 0.},    {"5s", 5.},     {"250ms", 0.25}, {"1h30m", 5400.}, {"1.5m", 90.},
                 {"5", -1.},   {"", -1.},      {"s", -1.},      {"5x", -1.},      {"-5s", -1.},
                 {"1s2", -1.}, {"9999h", -1.}, {"1e3s", -1.},   {"0x1s", -1.}};

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        double got = 0.;

        if (ct_seconds_parse(times[i].text, &got))
            got = -1.;
        ok(got == times[i].wanted, "time \"%s\"", times[i].text);
    }
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *got = read_all(rows[i].first, rows[i].second, rows[i].line);

        is_str(got, rows[i].wanted, "row %zu", i);
    }
    check_seconds();
    return tap_done();
}
