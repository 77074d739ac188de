// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * Hears of changes to a TUN that others make. The TUN calls it from a thread of its own, one call
 * at a time; the methods must not block.
 */
public interface TunListener {
    /** The interface was set up. */
    void up();

    /** The interface was set down. */
    void down();

    /**
     * The interface's MTU was changed.
     *
     * @param mtu the new MTU in bytes
     */
    void mtuChanged(int mtu);

    /**
     * Packets are waiting, after {@link Tun#read} returned fewer than it was asked for. Called only
     * by interfaces that have no descriptor, perhaps from several threads at once.
     */
    void readable();

    /** The interface was deleted: it can no longer be read or written. */
    void gone();
}
