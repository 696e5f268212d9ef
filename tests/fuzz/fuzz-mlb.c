/* Whatever labels say, the configuration has no section that is not an app's own or ours, and each
 * app's piece has nothing but sections of its own names. */
#include <stdlib.h>
#include <string.h>

#include "lb-template/cfg.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/xmalloc.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/mlb-document.h"

#define CHECK(c)                                                                                   \
    do {                                                                                           \
        if (!(c))                                                                                  \
            abort();                                                                               \
    } while (0)

/* "/a/b" -> "a_b_", what the names of its sections begin with. */
static char *own_prefix(const char *id)
{
    char *prefix = xasprintf("%s_", id + 1);

    for (char *c = prefix; *c; c++)
        if (*c == '/')
            *c = '_';
    return prefix;
}

static bool is_own(const struct strv *words, const char *prefix)
{
    const char *name = words->n == 2 ? words->v[1] : "";

    if (!strcmp(words->v[0], "userlist") && !strncmp(name, "user_", 5))
        name += 5;
    return !strncmp(name, prefix, strlen(prefix)) &&
           strspn(name + strlen(prefix), "0123456789") == strlen(name + strlen(prefix));
}

static bool opens(const char *word)
{
    static const char *const sections[] = {"global",  "defaults", "frontend", "backend",
                                           "listen",  "userlist", "peers",    "resolvers",
                                           "program", "mailers",  "cache",    "ring"};

    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        if (!strcmp(word, sections[i]))
            return true;
    return false;
}

static void check_piece(const struct rendering_piece *p)
{
    CLEAN(free_str) char *prefix = own_prefix(p->owner);
    bool first = true;

    CHECK(strlen(p->text) == p->len && p->len && p->text[p->len - 1] == '\n');
    for (const char *line = p->text; line;) {
        struct strv words = {0};

        line = words_split(line, &words);
        if (words.n) {
            CHECK(*words.v[0] != '.');
            CHECK(opens(words.v[0]) ? is_own(&words, prefix) : !first);
            first = false;
        }
        strv_done(&words);
    }
}

/* Three frontends, and with --group-https-by-vhost two sections for each host. */
static void check_shared(const struct rendering_piece *p, const struct mlb_options *o)
{
    for (const char *line = p->text; line;) {
        struct strv words = {0};

        line = words_split(line, &words);
        if (words.n && opens(words.v[0]))
            CHECK(words.n == 2 && (o->grouped || !strncmp(words.v[1], "marathon_http", 13)));
        strv_done(&words);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct mlb_document d;

    mlb_document_read(&d, (const char *)data, len);
    struct mlb_source source = mlb_document_source(&d);
    struct mlb *m = mlb_new(&d.options, &source);
    const struct rendering *r = mlb_document_render(m, NULL, NULL);
    CHECK(r->n >= 2);
    check_shared(&r->v[1], &d.options);
    for (size_t i = 2; i < r->n; i++)
        check_piece(&r->v[i]);
    for (size_t i = 0; i < r->n_maps; i++)
        for (size_t k = 0; k < r->maps[i].pairs.n; k++) {
            CHECK(!strpbrk(r->maps[i].pairs.v[k].key, " \n") && *r->maps[i].pairs.v[k].key);
            CHECK(!strpbrk(r->maps[i].pairs.v[k].value, " \n"));
        }
    mlb_free(m);
    mlb_document_done(&d);
    return 0;
}
