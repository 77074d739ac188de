// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

/** Decides which packets of one direction a test loses on purpose. */
@FunctionalInterface
public interface PacketFilter {
    /**
     * Decides about a packet.
     *
     * @param packet holds the packet at the front
     * @param length its length in bytes
     * @param nowNs when it was sent
     * @return false to lose it
     */
    boolean passes(byte[] packet, int length, long nowNs);
}
