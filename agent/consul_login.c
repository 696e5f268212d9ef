#include "agent/consul_login.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/file.h"
#include "lib/sbuf.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"

#define TOKEN_MAX 4096       /* bytes of a token file */
#define CA_MAX (1024 * 1024) /* bytes of the files in consul_ca_dir */

static int read_token(const struct config *c, char **ret, struct err **err);
static int check_key(const struct config *c, struct err **err);
static int read_authorities(const struct config *c, char **ret, struct err **err);
static char *set(char *value);

int consul_login_read(struct consul_login *ret, const struct config *c,
                      const struct address *address, struct err **err)
{
    if (read_token(c, &ret->token, err) || check_key(c, err) ||
        read_authorities(c, &ret->ca_pem, err))
        return -1;
    ret->tls = (struct http_tls){.ca_file = set(c->consul_ca_file),
                                 .ca_pem = ret->ca_pem,
                                 .cert_file = set(c->consul_cert_file),
                                 .key_file = set(c->consul_key_file),
                                 .server_name = set(c->consul_server_name),
                                 .insecure = !c->consul_tls_verify};
    ret->access = (struct consul_access){.url = address->url,
                                         .unix_socket = address->unix_socket,
                                         .token = ret->token,
                                         .user = c->consul_user,
                                         .tls = &ret->tls,
                                         .datacenter = c->consul_datacenter,
                                         .name_space = c->consul_namespace};
    return 0;
}

void consul_login_done(struct consul_login *l)
{
    free(l->token);
    free(l->ca_pem);
    *l = (struct consul_login){0};
}

static int read_token(const struct config *c, char **ret, struct err **err)
{
    if (!*c->consul_token_file) {
        *ret = xstrdup(c->consul_token ? c->consul_token : "");
        return 0;
    }
    *ret = secret_read(c->consul_token_file, TOKEN_MAX, NULL, err);
    if (!*ret)
        return err_wrap(err, "[registrator] consul_token_file");
    (*ret)[strcspn(*ret, " \t\r\n")] = '\0';
    return 0;
}

/* libcurl opens it, whatever its mode. */
static int check_key(const struct config *c, struct err **err)
{
    if (!*c->consul_key_file || !secret_check(c->consul_key_file, err))
        return 0;
    return err_wrap(err, "[registrator] consul_key_file");
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
