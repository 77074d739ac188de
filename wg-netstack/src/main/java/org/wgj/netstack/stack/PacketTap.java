// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import java.lang.foreign.MemorySegment;

/** Sees all packets of a stack. Called on the stack's thread; must not block or change packets. */
@FunctionalInterface
public interface PacketTap {
    /**
     * A packet came, before it is checked, or leaves.
     *
     * @param outgoing true if this stack sends it
     * @param memory holds the packet, until this method returns
     * @param at where it begins
     * @param length its length in bytes
     * @param nowNs the stack's time
     */
    void packet(boolean outgoing, MemorySegment memory, long at, int length, long nowNs);
}
