// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.netstack.tcp.TcpLimits;
import org.wgj.netstack.tcp.TcpOptions;

/**
 * The settings of a stack, which its owner chooses once. Immutable; each {@code with} method
 * returns a changed copy.
 *
 * @param mtu the longest packet that the tunnel takes, in bytes, 68 to 65535
 * @param answersEcho whether echo requests are answered
 * @param anyDestination whether packets to addresses are taken that are not the stack's own, for
 *     forwarding
 * @param tcpLimits what all TCP connections may take
 * @param tcp the options of connections that choose none
 */
public record StackOptions(
        int mtu, boolean answersEcho, boolean anyDestination, TcpLimits tcpLimits, TcpOptions tcp) {
    /** MTU 1420, echo requests are answered, only own addresses, 64 MiB for TCP. */
    public static final StackOptions DEFAULT =
            new StackOptions(1420, true, false, TcpLimits.DEFAULT, TcpOptions.DEFAULT);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public StackOptions {
        checkMtu(mtu);
    }

    static int checkMtu(int mtu) {
        if (mtu < 68 || mtu > 65535) {
            throw new IllegalArgumentException("MTU " + mtu + " is not from 68 to 65535");
        }
        return mtu;
    }

    /**
     * Changes {@link #mtu}.
     *
     * @param value the new value
     * @return a copy
     */
    public StackOptions withMtu(int value) {
        return new StackOptions(value, answersEcho, anyDestination, tcpLimits, tcp);
    }

    /**
     * Changes {@link #answersEcho}.
     *
     * @param value the new value
     * @return a copy
     */
    public StackOptions withEcho(boolean value) {
        return new StackOptions(mtu, value, anyDestination, tcpLimits, tcp);
    }

    /**
     * Changes {@link #anyDestination}.
     *
     * @param value the new value
     * @return a copy
     */
    public StackOptions withAnyDestination(boolean value) {
        return new StackOptions(mtu, answersEcho, value, tcpLimits, tcp);
    }

    /**
     * Changes {@link #tcpLimits}.
     *
     * @param value the new value
     * @return a copy
     */
    public StackOptions withTcpLimits(TcpLimits value) {
        return new StackOptions(mtu, answersEcho, anyDestination, value, tcp);
    }

    /**
     * Changes {@link #tcp}.
     *
     * @param value the new value
     * @return a copy
     */
    public StackOptions withTcp(TcpOptions value) {
        return new StackOptions(mtu, answersEcho, anyDestination, tcpLimits, value);
    }
}
