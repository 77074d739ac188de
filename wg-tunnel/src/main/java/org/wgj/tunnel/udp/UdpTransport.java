// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.io.IOException;

/**
 * The tunnel's UDP sockets: IPv4 and IPv6 on one port, either tolerated to be missing. Owned by the
 * tunnel's event loop: every method is called on it, and so is the receiver.
 */
public interface UdpTransport extends AutoCloseable {
    /** Takes what arrives. */
    interface Receiver {
        /**
         * Datagrams arrived: for each its offset, length, traffic class and endpoint (with the
         * local address it was sent to, where the transport can tell). They belong to the receiver
         * until it returns; it may change them.
         */
        void received(PacketBatch datagrams);

        /**
         * Everything that could not be sent at once has left: {@link UdpTransport#isWritable} is
         * true again.
         */
        void writable();

        /**
         * A datagram could not be sent from the source address its endpoint remembers, but without
         * it: whoever keeps the endpoint had better go on with {@link
         * org.wgj.protocol.Endpoint#withoutSource}. Called from within {@link UdpTransport#send} or
         * before {@link #writable}; must not call the transport.
         */
        default void sourceGone(Endpoint endpoint) {}
    }

    /**
     * Binds both families to the port and begins to receive.
     *
     * @param port 0 lets the system choose one
     * @param mark for SO_MARK, 0 for none
     * @return the port
     * @throws org.wgj.tun.linux.ErrnoException EADDRINUSE when another socket has the port: nothing
     *     is bound then
     */
    int open(int port, int mark) throws IOException;

    /**
     * Sends datagrams in order, each to its endpoint, from the source address the endpoint
     * remembers if it still can. Never blocks: what the system does not take at once waits, up to a
     * bound, and the rest is lost. Other errors lose the datagram concerned and count it.
     */
    void send(PacketBatch datagrams);

    /**
     * False while datagrams wait for the system to take them: the caller had better stop producing.
     */
    boolean isWritable();

    /** Sets the mark of datagrams sent from now on; 0 for none. */
    void mark(int mark) throws IOException;

    /**
     * Which segmentation offloads all of its sockets use now; none while it is closed. Sending may
     * show that the system is not capable of one, which is given up then.
     */
    default UdpOffloads offloads() {
        return UdpOffloads.NONE;
    }

    /**
     * Returns what the transport has done since it was made, also before it was closed.
     *
     * @return the counts now
     */
    UdpCounters counters();

    /**
     * Closes the sockets and frees the port; may be opened again. After the event loop has ended
     * any thread may call this.
     */
    @Override
    void close();
}
