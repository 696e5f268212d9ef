/* The table of paths of an admin server. */
#include "agent/admin_path.h"

#include "tests/tap.h"

static const struct admin_path paths[] = {
    {"/", ADMIN_READ, NULL},
    {"/v1/self", ADMIN_READ, NULL},
    {"/v1/self/", ADMIN_READ | ADMIN_BENEATH, NULL},
    {"/v1/resync", ADMIN_WRITE, NULL},
    {"/v1/both", ADMIN_READ | ADMIN_WRITE, NULL},
};
#define N ARRAY_LEN(paths)

static const char *found(const char *path)
{
    const struct admin_path *p = admin_path_find(paths, N, path);

    return p ? p->path : "none";
}

int main(void)
{
    CLEAN(sbuf) struct sbuf list = SBUF_INIT, one = SBUF_INIT;

    is_str(found("/"), "/", "the root");
    is_str(found("/v1/self"), "/v1/self", "a path");
    is_str(found("/v1/self/8080"), "/v1/self/", "one beneath");
    is_str(found("/v1/selfish"), "none", "one that only begins so");
    is_str(found("/v1/resync/"), "none", "a slash too many");
    is_str(found("//"), "none", "two slashes");
    is_str(found("/v1/../v1/resync"), "none", "nothing is resolved");
    is_str(found(""), "none", "nothing at all");
    ok(admin_path_takes(&paths[0], "GET") && admin_path_takes(&paths[0], "HEAD"), "a read is read");
    ok(!admin_path_takes(&paths[0], "POST"), "... and not written");
    ok(admin_path_takes(&paths[3], "POST"), "a write is written");
    ok(!admin_path_takes(&paths[3], "GET") && !admin_path_takes(&paths[3], "HEAD"),
       "... and not read: a link must not change anything");
    ok(!admin_path_takes(&paths[4], "get") && !admin_path_takes(&paths[4], "DELETE") &&
           !admin_path_takes(&paths[4], ""),
       "no other method is taken");
    is_str(admin_path_allows(&paths[0]), "GET, HEAD", "what a read takes");
    is_str(admin_path_allows(&paths[3]), "POST", "what a write takes");
    is_str(admin_path_allows(&paths[4]), "GET, HEAD, POST", "what both take");
    admin_path_list(paths, N, &list);
    is_str(sbuf_str(&list), "there is /, /v1/self, /v1/self/..., /v1/resync and /v1/both here\n",
           "the list");
    admin_path_list(paths, 1, &one);
    is_str(sbuf_str(&one), "there is / here\n", "the list of one");
    return tap_done();
}
