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
        NetStack stack = new NetStack(StackOptions.DEFAULT.withMtu(mtu), random);
        stack.setAddresses(List.of(addresses));
        return stack;
    }

    /**
     * Checks that a stack keeps nothing of its connections.
     *
     * @throws AssertionError if it does
     */
    public static void checkEmpty(NetStack stack) {
        if (stack.tcp().connections() != 0
                || stack.tcp().timeWaiting() != 0
                || stack.tcp().pool().used() != 0) {
            throw new AssertionError(
                    stack.tcp().connections()
                            + " connections and "
                            + stack.tcp().pool().used()
                            + " bytes are left");
        }
    }
}
