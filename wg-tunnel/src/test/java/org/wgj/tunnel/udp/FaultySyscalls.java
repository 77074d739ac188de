// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.function.IntUnaryOperator;

/**
 * System calls that fail as told. Sends, receives and binds each have a script. A negative number
 * is an errno to fail with; a positive one lets the call through for that many messages at most.
 * After the script's end the rule decides, or calls are let through. To be set before the loop uses
 * it.
 */
final class FaultySyscalls implements Syscalls {
    static final int ALL = 1000;

    private final Queue<Integer> sends = new ArrayDeque<>();
    private final Queue<Integer> receives = new ArrayDeque<>();
    private final Queue<Integer> binds = new ArrayDeque<>();
    private final List<Integer> missingDomains = new ArrayList<>();
    private boolean missingUdpOptions;
    private boolean refusesOptions;
    final List<Integer> opened = new ArrayList<>();

    /** Turns the number of offered messages into a number as in a script. */
    volatile IntUnaryOperator sendRule;

    /** The negated errno of every call to receive; 0 for none. */
    volatile int receiveError;

    /** The negated errno of every message that the kernel must segment; 0 for none. */
    volatile int runError;

    /** Counts the calls with such messages. */
    volatile int runsOffered;

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

    /** A kernel that knows no option of SOL_UDP. */
    FaultySyscalls withoutUdpOptions() {
        missingUdpOptions = true;
        return this;
    }

    /** Refuses all options with EPERM, except IPV6_V6ONLY. */
    FaultySyscalls withoutOptions() {
        refusesOptions = true;
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
    public int setsockopt(int fd, int level, int option, long value, int length) {
        if (refusesOptions && !(level == 41 && option == 26)) {
            return -1; // EPERM
        }
        return missingUdpOptions && level == 17
                ? -92 // ENOPROTOOPT
                : LIBC.setsockopt(fd, level, option, value, length);
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
        if (told < 0) {
            return told;
        }
        int offered = Math.min(told, count);
        int whole = 0;
        while (whole < offered && segmentBytes(mmsghdrs, whole) == 0) {
            whole++;
        }
        if (whole == offered) {
            return LIBC.sendmmsg(fd, mmsghdrs, offered, flags);
        }
        runsOffered = runsOffered + 1;
        if (runError == 0) {
            return LIBC.sendmmsg(fd, mmsghdrs, offered, flags);
        }
        // As the kernel does: what is before the message that fails has left.
        return whole > 0 ? LIBC.sendmmsg(fd, mmsghdrs, whole, flags) : runError;
    }

    /**
     * Returns the segment size in a message's control messages (SOL_UDP, UDP_SEGMENT); 0 if there
     * is none.
     */
    @SuppressWarnings("restricted")
    private static int segmentBytes(long mmsghdrs, int index) {
        MemorySegment memory = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
        long header = mmsghdrs + index * 64L;
        long at = memory.get(JAVA_LONG, header + 32);
        long end = at + memory.get(JAVA_LONG, header + 40);
        while (at < end) {
            if (memory.get(JAVA_INT, at + 8) == 17 && memory.get(JAVA_INT, at + 12) == 103) {
                return memory.get(JAVA_SHORT, at + 16) & 0xffff;
            }
            at += memory.get(JAVA_LONG, at) + 7 & -8;
        }
        return 0;
    }
}
