#include "registrator/vmfile.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/naming.h"
#include "registrator/text.h"
#include "registrator/vmkey.h"

#define STEM_MAX 64        /* bytes */
#define LINE_MAX_BYTES 199 /* inih cuts longer lines without a word */

struct reading {
    struct vm_services *ret;
    struct strv said; /* "section\nkey" of what must not be said twice */
    struct err *err;  /* of the first bad line */
};

static int refuse_bad_lines(const char *text, struct err **err);
static int on_line(void *user, const char *section, const char *key, const char *value);
static struct vm_service *service_of(struct reading *r, const char *section);
static int note_said(struct reading *r, const char *section, const char *key);
static int check_whole(const char *text, const struct vm_services *l, struct err **err);
static unsigned line_of_section(const char *text, const char *section);

int vmfile_parse(const char *text, struct vm_services *ret, struct err **err)
{
    struct vm_services services = {0};
    struct reading r = {.ret = &services};
    int status = refuse_bad_lines(text, err);
    int line = status ? 0 : ini_parse_string(text, on_line, &r);

    if (line && r.err)
        status = err_set(err, "line %d: %s", line, err_msg(r.err));
    else if (line)
        status =
            err_set(err, "line %d: this is no \"key = value\", no [service] and no comment", line);
    else if (!status)
        status = check_whole(text, &services, err);
    if (!status)
        *ret = services;
    else
        vm_services_done(&services);
    strv_done(&r.said);
    err_free(r.err);
    return status;
}

char *vmfile_stem(const char *file)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "-._";
    size_t len = strlen(file), suffix = strlen(VMFILE_SUFFIX);

    if (len <= suffix || len - suffix > STEM_MAX || *file == '.' || strspn(file, allowed) != len ||
        strcmp(file + len - suffix, VMFILE_SUFFIX))
        return NULL;
    return xstrndup(file, len - suffix);
}

static int refuse_bad_lines(const char *text, struct err **err)
{
    unsigned line = 1;

    for (const char *p = text; *p; line++) {
        size_t len = strcspn(p, "\n");

        if (len > LINE_MAX_BYTES)
            return err_set(err,
                           "line %u: a line may have %d bytes, this one has %zu; say 'address' and "
                           "'tags' on several lines",
                           line, LINE_MAX_BYTES, len);
        p += len + (p[len] == '\n');
    }
    return 0;
}

/* inih's handler: 1 for success, 0 for a bad line. It is called for the rest of the file, too. */
static int on_line(void *user, const char *section, const char *key, const char *value)
{
    struct reading *r = user;

    if (r->err)
        return 0;
    struct vm_service *s = service_of(r, section);
    return s && !note_said(r, section, key) && !vm_key_set(s, key, value, &r->err);
}

static struct vm_service *service_of(struct reading *r, const char *section)
{
    struct vm_service *s = vm_services_find(r->ret, section);
    bool changed;

    if (s)
        return s;
    CLEAN(free_str) char *name = naming_service(section, SERVICE_NAME_MAX, &changed);
    if (!*section)
        err_set(&r->err, "a key before the first section; begin with [name of the service]");
    else if (changed)
        err_set(&r->err,
                "a service's name has letters, digits, '.', '-' and '_' alone, at most %d; "
                "name the section [%s]",
                SERVICE_NAME_MAX, name);
    else if (r->ret->n >= VMFILE_SERVICES_MAX)
        err_set(&r->err, "a file has at most %d services; put the rest into another one",
                VMFILE_SERVICES_MAX);
    else
        return vm_services_add(r->ret, section);
    return NULL;
}

static int note_said(struct reading *r, const char *section, const char *key)
{
    if (vm_key_is_list(key))
        return 0;
    CLEAN(free_str) char *both = xasprintf("%s\n%s", section, key);
    if (strv_contains(&r->said, both)) {
        CLEAN(sbuf) struct sbuf shown = SBUF_INIT;

        text_add_shown(&shown, key);
        return err_set(&r->err, "%s is said twice in [%s]; remove one", sbuf_str(&shown), section);
    }
    strv_add(&r->said, both);
    return 0;
}

/* What no single line shows. */
static int check_whole(const char *text, const struct vm_services *l, struct err **err)
{
    for (size_t i = 0; i < l->n; i++)
        if (vm_key_check_whole(&l->v[i], err))
            return err_wrap(err, "line %u", line_of_section(text, l->v[i].name));
    return 0;
}

static unsigned line_of_section(const char *text, const char *section)
{
    size_t name_len = strlen(section);
    unsigned line = 1;

    for (const char *p = text; *p; line++) {
        const char *at = p + strspn(p, " \t");

        if (*at == '[' && !strncmp(at + 1, section, name_len) && at[1 + name_len] == ']')
            return line;
        p += strcspn(p, "\n");
        p += *p == '\n';
    }
    return line;
}
