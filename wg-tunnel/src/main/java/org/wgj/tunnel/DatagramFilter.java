// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.PacketBatch;

/**
 * Sees the datagrams that a tunnel's sockets receive, before the tunnel does, and may take some out
 * of the batch: those of another protocol on the same port, for example.
 *
 * <p>Called on the tunnel's event loop for each batch; it must not block and must not keep the
 * batch or its memory. An exception loses the batch and is logged; the tunnel goes on.
 */
@FunctionalInterface
public interface DatagramFilter {
    /**
     * Gives the filter the means to send and to be called again. Called once, on the tunnel's event
     * loop, before the first batch.
     *
     * @param outlet works until the tunnel closes
     */
    default void attached(DatagramOutlet outlet) {}

    /**
     * Looks at the datagrams. To take one out, it moves those behind it forward with {@link
     * PacketBatch#add} after {@link PacketBatch#setCount}:
     *
     * <pre>{@code
     * int count = batch.count();
     * batch.setCount(0);
     * for (int i = 0; i < count; i++) {
     *     if (isOurs(batch, i)) {
     *         handle(batch, i);
     *     } else {
     *         batch.add(batch.offsets()[i], batch.lengths()[i],
     *                 batch.trafficClasses()[i], batch.endpoints()[i]);
     *     }
     * }
     * }</pre>
     *
     * @param datagrams at least one; what is left in it goes to the tunnel
     */
    void filter(PacketBatch datagrams);

    /**
     * Joins two filters on one port.
     *
     * @param next sees what this filter leaves in the batch
     * @return a filter that calls both
     */
    default DatagramFilter followedBy(DatagramFilter next) {
        DatagramFilter first = this;
        return new DatagramFilter() {
            @Override
            public void attached(DatagramOutlet outlet) {
                first.attached(outlet);
                next.attached(outlet);
            }

            @Override
            public void filter(PacketBatch datagrams) {
                first.filter(datagrams);
                if (datagrams.count() > 0) {
                    next.filter(datagrams);
                }
            }
        };
    }
}
