// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

/** Sees every packet of a link twice: when it is sent and when it arrives. */
public interface LinkObserver {
    /**
     * A packet was sent; it may still be lost.
     *
     * @param toRight which way it goes
     * @param packet holds the packet at the front; not to be kept or changed
     * @param length its length in bytes
     * @param nowNs the time
     */
    void sent(boolean toRight, byte[] packet, int length, long nowNs);

    /**
     * A packet arrives.
     *
     * @param toRight which way it went
     * @param packet holds the packet at the front; not to be kept or changed
     * @param length its length in bytes
     * @param nowNs the time
     */
    void arrived(boolean toRight, byte[] packet, int length, long nowNs);
}
