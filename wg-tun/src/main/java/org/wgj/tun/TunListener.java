// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

/**
 * What happens to a TUN from outside. Called from a thread of the TUN's, one call at a time; must
 * not block.
 */
public interface TunListener {
    /** The interface was set up. */
    void up();

    /** The interface was set down. */
    void down();

    /** The interface's MTU is now this many bytes. */
    void mtuChanged(int mtu);

    /**
     * Packets are waiting after {@link Tun#read} returned less than it was asked for; only where
     * there is no descriptor.
     */
    void readable();

    /** The interface was deleted: nothing can be read or written any more. */
    void gone();
}
