/* The jail. seccomp-bpf with an allow-list: what is not listed fails with EPERM, what only an attacker would
 * try kills the process. PCRE2's JIT needs executable anonymous mappings, so those stay allowed; executable
 * mappings of files do not. What makes it fail: a kernel without seccomp; then the decider refuses to start
 * rather than read mail unjailed. */
#include "decider/jail.h"
#include "base/error.h"
#include "constants.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

bool jail_tie(GError **error)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return error_set_errno(error, errno, "cannot tie the child to its parent");
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    if (getppid() == 1) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE, "the parent is gone");
        return false;
    }
    return true;
}

static const int allowed[] = {
    SCMP_SYS(read),         SCMP_SYS(write),       SCMP_SYS(writev),       SCMP_SYS(pread64),
    SCMP_SYS(recvmsg),      SCMP_SYS(sendmsg),     SCMP_SYS(sendto),       SCMP_SYS(recvfrom),
    SCMP_SYS(poll),         SCMP_SYS(ppoll),       SCMP_SYS(close),        SCMP_SYS(lseek),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),      SCMP_SYS(brk),          SCMP_SYS(madvise),
    SCMP_SYS(futex),        SCMP_SYS(fstat),       SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction), SCMP_SYS(sigaltstack), SCMP_SYS(getrandom),    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday), SCMP_SYS(getpid),      SCMP_SYS(gettid),       SCMP_SYS(tgkill),
    SCMP_SYS(sched_yield),  SCMP_SYS(exit),        SCMP_SYS(exit_group),   SCMP_SYS(restart_syscall),
};

static const int deadly[] = {
    SCMP_SYS(execve),           SCMP_SYS(execveat),          SCMP_SYS(fork),      SCMP_SYS(vfork),
    SCMP_SYS(socket),           SCMP_SYS(connect),           SCMP_SYS(bind),      SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(unlink),    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),           SCMP_SYS(renameat),          SCMP_SYS(renameat2),
};

/* Executable memory only where it belongs to no file. */
static int allow_mappings(scmp_filter_ctx filter)
{
    int status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                                  SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 0);
    return status;
}

static int build_filter(scmp_filter_ctx filter)
{
    int status = allow_mappings(filter);
    for (size_t i = 0; status == 0 && i < G_N_ELEMENTS(allowed); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; !AWSIFT_SANITIZED && status == 0 && i < G_N_ELEMENTS(deadly); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
    return status == 0 ? seccomp_load(filter) : status;
}

bool jail_close(size_t memory, GError **error)
{
    struct rlimit limit = {memory, memory};
    if (!AWSIFT_SANITIZED && setrlimit(RLIMIT_AS, &limit) != 0)
        return error_set_errno(error, errno, "cannot limit memory to %zu bytes", memory);
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return error_set_errno(error, ENOMEM, "cannot make the jail");
    int status = build_filter(filter);
    seccomp_release(filter);
    if (status != 0)
        return error_set_errno(error, -status,
                               "cannot close the jail; this kernel must allow seccomp filters");
    return true;
}
