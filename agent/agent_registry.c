#include "agent/agent_registry.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/http.h"
#include "lib/xmalloc.h"
#include "registrator/address.h"
#include "registrator/open.h"
#include "registrator/vm.h"

#define TOKEN_MAX 4096       /* bytes of a token file */
#define CA_MAX (1024 * 1024) /* bytes of the files in consul_ca_dir */

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err);
static int open_vm(struct agent *a, const struct consul_access *consul,
                   void (*on_vm_change)(void *arg), struct err **err);
static int read_token(const struct config *c, char **ret, struct err **err);
static int read_authorities(const struct config *c, char **ret, struct err **err);
static char *set(char *value);

int agent_open_registry(struct agent *a, void (*on_vm_change)(void *arg), struct err **err)
{
    struct address address = {0};

    if (address_parse(a->config->registry, &address, err))
        return err_wrap(err, "[registrator] registry");
    int status = open_at(a, &address, on_vm_change, err);
    address_done(&address);
    return status;
}

static int open_at(struct agent *a, const struct address *address, void (*on_vm_change)(void *arg),
                   struct err **err)
{
    const struct config *c = a->config;
    CLEAN(free_str) char *catalog_file = xasprintf("%s/catalog.json", c->state_dir);
    CLEAN(free_str) char *token = NULL, *ca_pem = NULL;

    if (read_token(c, &token, err) || read_authorities(c, &ca_pem, err))
        return -1;
    const struct http_tls tls = {.ca_file = set(c->consul_ca_file),
                                 .ca_pem = ca_pem,
                                 .cert_file = set(c->consul_cert_file),
                                 .key_file = set(c->consul_key_file),
                                 .server_name = set(c->consul_server_name),
                                 .insecure = !c->consul_tls_verify};
    struct registry_options options = {.node = a->node,
                                       .state_dir = c->state_dir,
                                       .catalog_file = catalog_file,
                                       .consul = {.url = address->url,
                                                  .unix_socket = address->unix_socket,
                                                  .token = token,
                                                  .user = c->consul_user,
                                                  .tls = &tls,
                                                  .datacenter = c->consul_datacenter,
                                                  .name_space = c->consul_namespace},
                                       .adopt = !strcmp(c->adopt, "yes")};
    a->registry = registry_open(a->loop, a->http, address, &options, err);
    if (!a->registry)
        return -1;
    switch (address->kind) {
    case ADDRESS_LOCAL:
        return open_vm(a, NULL, on_vm_change, err);
    case ADDRESS_CONSUL:
        return open_vm(a, &options.consul, on_vm_change, err);
    case ADDRESS_CONSUL_KV:
    case ADDRESS_ZOOKEEPER:
        return 0; /* nothing there says that an instance is a machine's */
    }
    return 0;
}

/* 'consul' is NULL for the local registry. */
static int open_vm(struct agent *a, const struct consul_access *consul,
                   void (*on_vm_change)(void *arg), struct err **err)
{
    const struct config *c = a->config;

    if (!c->registrator || !*c->services_dir)
        return 0;
    a->vm =
        vm_new(a->loop, a->http,
               &(struct vm_config){
                   .dir = c->services_dir, .node = a->node, .consul = consul, .resync = c->resync},
               on_vm_change, a, err);
    return a->vm ? 0 : -1;
}

/* A file's token comes before the environment's. */
static int read_token(const struct config *c, char **ret, struct err **err)
{
    if (!*c->consul_token_file) {
        *ret = xstrdup(c->consul_token ? c->consul_token : "");
        return 0;
    }
    *ret = file_read(c->consul_token_file, TOKEN_MAX, NULL, err);
    if (!*ret)
        return err_wrap(err, "[registrator] consul_token_file");
    (*ret)[strcspn(*ret, " \t\r\n")] = '\0';
    return 0;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The files of [registrator] consul_ca_dir, one behind the other; '*ret' stays NULL where they do
 * not count. */
static int read_authorities(const struct config *c, char **ret, struct err **err)
{
    CLEAN(sbuf) struct sbuf pem = SBUF_INIT;
    struct dirent **files;
    int status = 0;

    if (!*c->consul_ca_dir || *c->consul_ca_file)
        return 0;
    int n = scandir(c->consul_ca_dir, &files, is_visible, alphasort);
    if (n < 0)
        return err_set_errno(err, errno, "[registrator] consul_ca_dir %s", c->consul_ca_dir);
    for (int i = 0; i < n; i++) {
        CLEAN(free_str) char *path = xasprintf("%s/%s", c->consul_ca_dir, files[i]->d_name);
        CLEAN(free_str) char *text = status ? NULL : file_read(path, CA_MAX, NULL, err);

        if (!status && (!text || pem.len + strlen(text) > CA_MAX))
            status = text ? err_set(err, "it has more than %d bytes", CA_MAX) : -1;
        sbuf_addf(&pem, "%s\n", text ? text : "");
        free(files[i]);
    }
    free(files);
    if (status)
        return err_wrap(err, "[registrator] consul_ca_dir");
    *ret = sbuf_take(&pem);
    return 0;
}

/* NULL for what is empty. */
static char *set(char *value)
{
    return *value ? value : NULL;
}
