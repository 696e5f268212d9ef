#include "lb-template/mlb/rules.h"

#include <stdbool.h>
#include <string.h>

#include "lb-template/mlb/value.h"
#include "lb-template/words.h"
#include "lib/clean.h"
#include "lib/strv.h"
#include "lib/xmalloc.h"

static int check_line(enum mlb_template id, const struct strv *words, bool *opened,
                      const struct mlb_names *names, struct err **err);
static int check_head(enum mlb_template id, const struct strv *words, bool *opened,
                      const struct mlb_names *names, struct err **err);
static bool is_section(const char *word);
static bool is_shared(const struct strv *words);
static bool is_foreign_acl(const struct strv *words, const struct mlb_names *names);
static bool one_of(const char *word, const char *const *list, size_t n);

int mlb_rules_check(enum mlb_template id, const char *text, const struct mlb_names *names,
                    struct err **err)
{
    bool head = mlb_template_info(id)->scope == MLB_SCOPE_HEAD, opened = false;

    const char *end = strchr(text, '\n');
    if (mlb_template_info(id)->scope == MLB_SCOPE_WORDS && end && end[strspn(end, "\n")])
        return err_set(err, "it goes over more than one line");
    while (text) {
        struct strv words = {0};
        int rc = 0;

        text = words_split(text, &words);
        if (words.n)
            rc = check_line(id, &words, &opened, names, err);
        strv_done(&words);
        if (rc)
            return -1;
    }
    return head && !opened ? err_set(err, "it does not open its section") : 0;
}

static int check_line(enum mlb_template id, const struct strv *words, bool *opened,
                      const struct mlb_names *names, struct err **err)
{
    enum mlb_scope scope = mlb_template_info(id)->scope;
    const char *first = words->v[0];
    bool negated = (!strcmp(first, "no") || !strcmp(first, "default")) && words->n > 1;

    if (*first == '.')
        return err_set(err, "it has a line for HAProxy's own preprocessor");
    if (scope == MLB_SCOPE_HEAD && !*opened)
        return check_head(id, words, opened, names, err);
    if (is_section(first) || (negated && is_section(words->v[1]))) {
        CLEAN(free_str) char *shown = mlb_shown(first);
        return err_set(err, "it opens a section of its own (%s)", shown);
    }
    if (scope == MLB_SCOPE_SHARED && !is_shared(words)) {
        CLEAN(free_str) char *shown = mlb_shown(first);
        return err_set(err,
                       "%s has no place in a frontend that all share: only acl, use_backend with "
                       "a condition, redirect, http-request and http-response have",
                       shown);
    }
    if (scope == MLB_SCOPE_SHARED && is_foreign_acl(words, names)) {
        CLEAN(free_str) char *shown = mlb_shown(words->v[1]);
        return err_set(err, "the ACL %s is not this app's", shown);
    }
    return 0;
}

/* frontend and backend are called like the backend, a userlist has its prefix. */
static int check_head(enum mlb_template id, const struct strv *words, bool *opened,
                      const struct mlb_names *names, struct err **err)
{
    const char *keyword = id == MLB_BACKEND_HEAD    ? "backend"
                          : id == MLB_USERLIST_HEAD ? "userlist"
                                                    : "frontend";
    const char *prefix = id == MLB_USERLIST_HEAD ? "user_" : "";
    CLEAN(free_str) char *name = xasprintf("%s%s", prefix, names->backend);

    if (words->n != 2 || strcmp(words->v[0], keyword) || strcmp(words->v[1], name))
        return err_set(err, "it must begin with \"%s %s\"", keyword, name);
    *opened = true;
    return 0;
}

/* Sections of HAProxy 2.6 to 3.4. */
static bool is_section(const char *word)
{
    static const char *const sections[] = {
        "global",   "defaults",  "frontend", "backend",     "listen", "userlist", "peers",
        "mailers",  "resolvers", "program",  "http-errors", "cache",  "ring",     "log-forward",
        "fcgi-app", "crt-store", "traces",   "log-profile", "acme",
    };

    return one_of(word, sections, ARRAY_LEN(sections));
}

static bool is_shared(const struct strv *words)
{
    static const char *const rules[] = {"acl", "redirect", "http-request", "http-response"};

    if (!strcmp(words->v[0], "use_backend"))
        return words->n > 3 && (!strcmp(words->v[2], "if") || !strcmp(words->v[2], "unless"));
    return one_of(words->v[0], rules, ARRAY_LEN(rules));
}

static bool is_foreign_acl(const struct strv *words, const struct mlb_names *names)
{
    const struct {
        const char *prefix, *name;
    } own[] = {
        {"host_", names->acl},
        {"auth_", names->acl},
        {"path_", names->backend},
        {"app_", names->app},
    };

    if (strcmp(words->v[0], "acl") || words->n < 2)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(own); i++) {
        size_t len = strlen(own[i].prefix);

        if (!strncmp(words->v[1], own[i].prefix, len))
            return strcmp(words->v[1] + len, own[i].name);
    }
    return false;
}

static bool one_of(const char *word, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(word, list[i]))
            return true;
    return false;
}
