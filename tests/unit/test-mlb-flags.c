/* marathon_lb.py's command line and environment. */
#include <stdlib.h>
#include <string.h>

#include "agent/mlb_flags.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "tests/tap.h"

#define ARGS_MAX 32

static enum mlb_asked asked;
static struct err *err;

/* Reads a line whose words have one blank between them; '~' is a blank in a word. */
static int read_line(struct mlb_flags *f, struct strv *words, const char *line)
{
    err_free(err);
    err = NULL;
    *f = (struct mlb_flags){0};
    strv_add(words, "marathon-lb");
    for (size_t len; *line; line += len + (line[len] == ' ')) {
        len = strcspn(line, " ");
        strv_addn(words, line, len);
        for (char *c = words->v[words->n - 1]; *c; c++)
            *c = *c == '~' ? ' ' : *c;
    }
    char *argv[ARGS_MAX + 1] = {NULL};
    for (size_t i = 0; i < words->n && i < ARGS_MAX; i++)
        argv[i] = words->v[i];
    return mlb_flags_read(f, (int)words->n, argv, &asked, &err);
}

static void test_refused(void)
{
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"", "--group is required: name at least one group, or '*' for all"},
        {"--group", "--group needs a value"},
        {"--group a b", "unrecognized argument: b"},
        {"--group a --nothing", "unrecognized argument: --nothing"},
        {"--group a -x", "unrecognized argument: -x"},
        {"--group a -- b", "unrecognized argument: b"},
        {"--group a --min-serv-port-ip-per-task 0",
         "either both or neither of --min-serv-port-ip-per-task and --max-serv-port-ip-per-task: 0 "
         "for both makes up no ports"},
        {"--group a --min-serv-port-ip-per-task 10101",
         "--min-serv-port-ip-per-task is more than --max-serv-port-ip-per-task"},
        {"--group a --max-serv-port-ip-per-task 70000",
         "--max-serv-port-ip-per-task must be a number from 0 to 65535, not 70000"},
        {"--group a --haproxy-config haproxy.cfg", "--haproxy-config must be the absolute path of "
                                                   "a file, its name of letters, digits and any "
                                                   "of \"._-\", not haproxy.cfg"},
        {"--group a --haproxy-config /etc/haproxy/../",
         "--haproxy-config must be the absolute path of a file, its name of letters, digits and "
         "any "
         "of \"._-\", not /etc/haproxy/../"},
        {"--group a --log-level loud",
         "--log-level must be CRITICAL, ERROR, WARNING, INFO or DEBUG, not loud"},
        {"--group a --dcos-auth-credentials x",
         "--dcos-auth-credentials is not taken: keep a token in a file and say -o "
         "marathon.token_file=FILE"},
        {"--group a --command no-such-program-at-all~x",
         "--command: there is no program no-such-program-at-all"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct strv words = {0};
        struct mlb_flags f;

        is_int(read_line(&f, &words, rows[i].line), -1, "refused: %s", rows[i].line);
        is_str(err_msg(err), rows[i].why, "why: %s", rows[i].line);
        mlb_flags_done(&f);
        strv_done(&words);
    }
}

static void test_taken(void)
{
    struct strv words = {0};
    struct mlb_flags f;

    is_int(read_line(&f, &words,
                     "-m http://a:1 http://b:2 --group a --group b -sHd -c /bin/x~y --haproxy-map "
                     "--ssl-certs /c,/d --max-backoff 3 --skip-validation --reload-interval=7"),
           0, "many at once");
    CLEAN(free_str) char *urls = strv_join(&f.marathon, " ");
    CLEAN(free_str) char *groups = strv_join(&f.options.groups, " ");
    CLEAN(free_str) char *certs = strv_join(&f.options.ssl_certs, " ");
    CLEAN(free_str) char *idle = strv_join(&f.idle, " ");
    is_str(urls, "http://a:1 http://b:2", "two nodes behind one flag");
    is_str(groups, "a b", "two groups");
    is_str(certs, "/c /d", "certificates");
    is_str(idle, "max-backoff skip-validation", "what changes nothing is named");
    is_str(f.command, "/bin/x y", "the command");
    is_int(f.reload_wait, 7, "a value behind =");
    ok(f.sse && f.dry && f.options.health_check && f.options.haproxy_map, "short flags in one");
    is_int(f.options.first_port, 10050, "the first port to make up");
    is_int(f.options.last_port, 10100, "the last one");
    mlb_flags_done(&f);
    strv_done(&words);
}

static void test_defaults(void)
{
    struct strv words = {0};
    struct mlb_flags f;

    is_int(read_line(&f, &words, "--group *"), 0, "a group is enough");
    is_str(f.marathon.v[0], "http://master.mesos:8080", "Marathon's own name in Mesos");
    is_str(f.dir, "/etc/haproxy", "HAProxy's own folder");
    is_str(f.file, "haproxy.cfg", "and its file");
    is_str(f.options.ssl_certs.v[0], "/etc/ssl/cert.pem", "the certificate");
    ok(!f.command && !f.sse && !f.dry, "HAProxy is ours, once");
    mlb_flags_done(&f);
    strv_done(&words);
    ok(!read_line(&f, &words, "--help") && asked == MLB_HELP, "help needs no group");
    mlb_flags_done(&f);
    strv_done(&words);
    ok(!read_line(&f, &words, "--longhelp") && asked == MLB_LONGHELP, "nor does the long one");
    mlb_flags_done(&f);
    strv_done(&words);
}

static char *environment(const char *name)
{
    static char head[] = "frontend x\\n  bind :1\\n", bad[] = "reqdeny x", words[] = "redispatch";

    if (!strcmp(name, "HAPROXY_HTTP_FRONTEND_HEAD"))
        return head;
    if (!strcmp(name, "HAPROXY_GLOBAL_DEFAULT_OPTIONS"))
        return words;
    return !strcmp(name, "HAPROXY_HEAD") && getenv("TEST_BAD_HEAD") ? bad : NULL;
}

static void test_environment(void)
{
    struct mlb_flags f = {0};

    is_int(mlb_flags_templates(&f, environment, NULL), 0, "templates from the environment");
    is_str(f.options.templates[MLB_HTTP_FRONTEND_HEAD], "frontend x\n  bind :1\n",
           "... with line ends");
    is_str(f.options.default_words, "redispatch", "options of the defaults");
    ok(!f.options.templates[MLB_BACKEND_HEAD], "the others are the defaults");
    mlb_flags_done(&f);
    setenv("TEST_BAD_HEAD", "1", 1);
    f = (struct mlb_flags){0};
    is_int(mlb_flags_templates(&f, environment, NULL), -1, "one that cannot be translated");
    mlb_flags_done(&f);
}

int main(void)
{
    test_refused();
    test_taken();
    test_defaults();
    test_environment();
    err_free(err);
    return tap_done();
}
