// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import org.wgj.tun.linux.ErrnoException;

/** Writes pieces of memory as one packet. */
@FunctionalInterface
public interface GatherWriter {
    /**
     * @param iovec address of {@code count} pairs of an address and a length, 64 bits each
     * @return 0, or the errno with which this packet was refused
     * @throws ErrnoException when no packet could be written
     */
    int writev(long iovec, int count) throws ErrnoException;
}
