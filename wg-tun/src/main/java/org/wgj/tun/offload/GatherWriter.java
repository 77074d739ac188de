// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import org.wgj.tun.linux.ErrnoException;

/** Writes one packet from several pieces of memory. */
@FunctionalInterface
public interface GatherWriter {
    /**
     * Writes the pieces as one packet.
     *
     * @param iovec address of {@code count} pairs of an address and a length, 64 bits each
     * @param count the number of pieces
     * @return 0, or the errno if this packet was refused
     * @throws ErrnoException if no packet can be written any more
     */
    int writev(long iovec, int count) throws ErrnoException;
}
