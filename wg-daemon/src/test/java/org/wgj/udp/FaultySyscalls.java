package org.wgj.udp;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.IntUnaryOperator;

/**
 * System calls that fail as told. Sends, receives and binds each have a script: a negative number
 * is an errno to fail with, a positive one lets the call through for that many messages at most; a
 * call after the script's end is let through, or asks the rule if there is one. To be set before
 * the loop runs with it.
 */
final class FaultySyscalls implements Syscalls {
    static final int ALL = 1000;

    private final Queue<Integer> sends = new ArrayDeque<>();
    private final Queue<Integer> receives = new ArrayDeque<>();
    private final Queue<Integer> binds = new ArrayDeque<>();
    private final List<Integer> missingDomains = new ArrayList<>();
    final List<Integer> opened = new ArrayList<>();

    /** From the number of messages offered to what a script's number says. */
    volatile IntUnaryOperator sendRule;

    /** The errno, negated, that every receiving meets; 0 for none. */
    volatile int receiveError;

    volatile int receiveCalls;
    volatile int bindCalls;

    FaultySyscalls sends(Integer... script) {
        sends.addAll(Arrays.asList(script));
        return this;
    }

    FaultySyscalls receives(Integer... script) {
        receives.addAll(Arrays.asList(script));
        return this;
    }

    FaultySyscalls binds(Integer... script) {
        binds.addAll(Arrays.asList(script));
        return this;
    }

    /** AF_INET is 2, AF_INET6 10. */
    FaultySyscalls without(int domain) {
        missingDomains.add(domain);
        return this;
    }

    @Override
    public int socket(int domain, int type, int protocol) {
        if (missingDomains.contains(domain)) {
            return -97; // EAFNOSUPPORT
        }
        int fd = LIBC.socket(domain, type, protocol);
        opened.add(fd);
        return fd;
    }

    @Override
    public int bind(int fd, long address, int length) {
        bindCalls = bindCalls + 1;
        int told = binds.isEmpty() ? ALL : binds.remove();
        return told < 0 ? told : LIBC.bind(fd, address, length);
    }

    @Override
    public int recvmmsg(int fd, long mmsghdrs, int count, int flags) {
        receiveCalls = receiveCalls + 1;
        if (receiveError < 0) {
            return receiveError;
        }
        int told = receives.isEmpty() ? ALL : receives.remove();
        return told < 0 ? told : LIBC.recvmmsg(fd, mmsghdrs, Math.min(told, count), flags);
    }

    @Override
    public int sendmmsg(int fd, long mmsghdrs, int count, int flags) {
        IntUnaryOperator rule = sendRule;
        int told = !sends.isEmpty() ? sends.remove() : rule != null ? rule.applyAsInt(count) : ALL;
        return told < 0 ? told : LIBC.sendmmsg(fd, mmsghdrs, Math.min(told, count), flags);
    }
}
