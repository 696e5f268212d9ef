/* A configuration that is read, and read again. */
#include "agent/config_source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

static char dir[] = "/tmp/test-config-source-XXXXXX";

/* What is read of 's': three options, or the error without the path of the file. */
static char *outcome(struct config_source *s)
{
    struct config c = {0};
    CLEAN(err) struct err *err = NULL;
    char *text;

    if (config_source_read(s, &c, &err)) {
        const char *at = strstr(err_msg(err), dir);
        text = xstrdup(at ? at + strlen(dir) : err_msg(err));
    } else {
        text = xasprintf("node=%s resync=%g http_port=%u", c.node, c.resync, c.http_port);
    }
    conf_done(&config_table, &c);
    return text;
}

static void expect(struct config_source *s, const char *wanted, const char *name)
{
    CLEAN(free_str) char *got = outcome(s);

    is_str(got, wanted, "%s", name);
}

static void put(const char *path, const char *text)
{
    if (file_replace(path, text, strlen(text), 0600, NULL))
        abort();
}

static void test_dump(struct config_source *s, const char *path)
{
    CLEAN(sbuf) struct sbuf text = SBUF_INIT;
    CLEAN(free_str) char *port = xasprintf("# Set by %s:4:\nhttp_port = 8080\n", path);
    struct config c = {0};

    config_source_read(s, &c, NULL);
    config_source_dump(s, &c, &text);
    ok(strstr(sbuf_str(&text), port), "a line of the file");
    ok(strstr(sbuf_str(&text), "# Set by the command line:\nresync = 30\n"),
       "an argument, which counts more than the file");
    ok(strstr(sbuf_str(&text), "Default: 443\nhttps_port = 443\n"), "a default is from nowhere");
    conf_done(&config_table, &c);
}

int main(void)
{
    if (!mkdtemp(dir))
        abort();
    CLEAN(free_str) char *path = xasprintf("%s/f", dir);
    struct config_source s = {.file = path}, none = {.fixed = true};

    strv_add(&s.set, "agent.resync=30");
    put(path, "[agent]\nresync = 20\n[lb]\nhttp_port = 8080\n");
    expect(&s, "node= resync=30 http_port=8080", "the file, and arguments over it");
    test_dump(&s, path);
    put(path, "[agent]\nnode = other\n");
    expect(&s, "node=other resync=30 http_port=80", "another file: what it lacks is a default");
    put(path, "[agent]\nnode = a b\n");
    expect(&s,
           "/f:2: [agent] node = a b: it may have letters, digits, '-', '.' and '_', at most 128",
           "a bad one");
    put(path, "[lb]\nhttp_port = 28000\n");
    expect(&s,
           "[lb] http_port = 28000 lies in [portmap] pool = 28000-29999: choose a port outside it",
           "one that is bad as a whole");
    unlink(path);
    expect(&s, "/f: No such file or directory", "none");
    ok(!config_source_file(&none), "what is said by arguments alone has no file");
    config_source_done(&s);
    rmdir(dir);
    return tap_done();
}
