#include "registrator/vmtarget.h"

#include <stdlib.h>
#include <string.h>

#include "lib/sbuf.h"
#include "registrator/vmfile.h"
#include "tests/tap.h"

#define FILES_MAX 3

static bool served(void *arg, const char *file)
{
    (void)arg;
    return strcmp(file, "foreign") != 0;
}

/* vm1 has two addresses, "slow" none yet, every other name is unknown. */
static const struct ipaddr *resolve(void *arg, const char *name, size_t *ret_n,
                                    const char **ret_error)
{
    static struct ipaddr v[2];

    (void)arg;
    ipaddr_parse("10.0.0.1", &v[0]);
    ipaddr_parse("10.0.0.2", &v[1]);
    *ret_n = strcmp(name, "vm1") ? 0 : 2;
    *ret_error = *ret_n || !strcmp(name, "slow") ? NULL : "no-such-host: not found";
    return v;
}

/* The targets of files "a", "b" and "foreign" as text. */
static void show(const char *const texts[FILES_MAX], struct sbuf *out)
{
    static const char *const stems[FILES_MAX] = {"a", "b", "foreign"};
    const struct vm_target_rules rules = {served, resolve, NULL};
    struct vm_file files[FILES_MAX] = {0};
    struct problems problems = {0};
    struct vm_targets l = {0};
    struct strv names = {0};

    for (size_t i = 0; i < FILES_MAX; i++) {
        files[i].stem = (char *)(uintptr_t)stems[i];
        ok(!vmfile_parse(texts[i], &files[i].services, NULL), "file %s is good", stems[i]);
    }
    vm_targets_make(&rules, files, FILES_MAX, &l, &problems);
    vm_targets_names(files, FILES_MAX, &names);
    for (size_t i = 0; i < l.n; i++) {
        char buf[IPADDR_STRLEN];
        CLEAN(free_str) char *node = vm_node_name(l.v[i].file, &l.v[i].address);

        sbuf_addf(out, "%s %s %s\n", node, l.v[i].service->name,
                  ipaddr_format_port(&l.v[i].address, l.v[i].service->port, buf));
    }
    CLEAN(free_str) char *unsure = strv_join(&l.unsure, " ");
    CLEAN(free_str) char *all = strv_join(&names, " ");
    sbuf_addf(out, "names: %s\nunsure: %s\nopen: %zu\n", all, unsure, l.open);
    for (size_t i = 0; i < problems.n; i++)
        sbuf_addf(out, "%s: %s\n", problems.v[i].subject, problems.v[i].text);
    problems_done(&problems);
    vm_targets_done(&l);
    strv_done(&names);
    for (size_t i = 0; i < FILES_MAX; i++)
        vm_services_done(&files[i].services);
}

int main(void)
{
    CLEAN(sbuf) struct sbuf plain = SBUF_INIT, odd = SBUF_INIT;

    show(
        (const char *const[]){
            "[web]\naddress = 10.0.0.9, 2001:db8::1\nport = 80\n[api]\naddress = vm1\nport = 81\n",
            "[web]\naddress = 10.0.0.3\nport = 80\n", "[web]\naddress = 10.0.0.4\nport = 80\n"},
        &plain);
    is_str(sbuf_str(&plain),
           "vm-a-10-0-0-9 web 10.0.0.9:80\n"
           "vm-a-20010db8000000000000000000000001 web [2001:db8::1]:80\n"
           "vm-a-10-0-0-1 api 10.0.0.1:81\n"
           "vm-a-10-0-0-2 api 10.0.0.2:81\n"
           "vm-b-10-0-0-3 web 10.0.0.3:80\n"
           "names: vm1\nunsure: \nopen: 0\n",
           "machines of the files that are ours");
    show((const char *const[]){"[web]\naddress = vm1, 10.0.0.1\nport = 80\n",
                               "[web]\naddress = 10.0.0.2, nobody\nport = 80\n"
                               "[api]\naddress = slow\nport = 81\n",
                               ""},
         &odd);
    is_str(sbuf_str(&odd),
           "vm-a-10-0-0-1 web 10.0.0.1:80\n"
           "vm-a-10-0-0-2 web 10.0.0.2:80\n"
           "names: nobody slow vm1\nunsure: b\nopen: 1\n"
           "b.conf [web]: 10.0.0.2:80 is declared in a.conf, too, which counts; remove one\n"
           "b.conf [web]: no-such-host: not found; the machine is not served, and nothing of the "
           "file is taken out; mend the name, or use the machine's address\n",
           "doubles and names without an address");
    return tap_done();
}
