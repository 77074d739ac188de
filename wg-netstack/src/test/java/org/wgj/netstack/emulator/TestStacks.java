// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.wire.IpAddress;

import java.util.List;
import java.util.random.RandomGenerator;

/** Makes stacks for tests. */
public final class TestStacks {
    /** The MTU of a WireGuard tunnel over IPv6. */
    public static final int MTU = 1420;

    private TestStacks() {}

    /** Makes a stack with addresses. */
    public static NetStack make(int mtu, RandomGenerator random, IpAddress... addresses) {
        return make(StackOptions.DEFAULT.withMtu(mtu), random, addresses);
    }

    /** Makes a stack with options and addresses. */
    public static NetStack make(
            StackOptions options, RandomGenerator random, IpAddress... addresses) {
        NetStack stack = new NetStack(options, random);
        stack.setAddresses(List.of(addresses));
        return stack;
    }

    /**
     * Checks that a stack keeps nothing of its connections, datagrams and fragments, and that no
     * timer runs.
     *
     * @throws AssertionError if it does
     */
    public static void checkEmpty(NetStack stack) {
        if (stack.tcp().connections() != 0
                || stack.tcp().timeWaiting() != 0
                || stack.tcp().pool().used() != 0
                || stack.reassemblyMemory() != 0
                || stack.udp().bound() != 0
                || stack.hasOutput()
                || stack.nextDeadlineNs() != Long.MAX_VALUE) {
            throw new AssertionError(
                    "%d connections, %d in TIME-WAIT, %d bytes of TCP, %d of fragments, %d ports"
                                    .formatted(
                                            stack.tcp().connections(),
                                            stack.tcp().timeWaiting(),
                                            stack.tcp().pool().used(),
                                            stack.reassemblyMemory(),
                                            stack.udp().bound())
                            + (stack.hasOutput() ? ", output" : "")
                            + " are left; next deadline "
                            + stack.nextDeadlineNs());
        }
    }
}
