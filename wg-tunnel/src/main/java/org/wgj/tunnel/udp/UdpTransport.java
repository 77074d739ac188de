// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.io.IOException;

/**
 * The UDP sockets of a tunnel: one port for IPv4 and IPv6, of which the host may lack one. Owned by
 * the tunnel's event loop: the loop's thread calls every method, and every method of the receiver
 * is called on it.
 *
 * <p>A program may implement it, and hands its own to {@link
 * org.wgj.tunnel.Tunnel.Builder#transports}.
 */
public interface UdpTransport extends AutoCloseable {
    /** Takes what arrives. */
    interface Receiver {
        /**
         * Takes datagrams that arrived: for each its offset, length, traffic class and endpoint,
         * which holds the local address it was sent to if the transport knows it. Before each
         * datagram the slab has {@link PacketBatch#HEADROOM} bytes that may be overwritten.
         *
         * @param datagrams at least one; until the method returns, the receiver may change them
         */
        void received(PacketBatch datagrams);

        /**
         * Reports that everything which could not be sent at once has left: {@link
         * UdpTransport#isWritable} is true again.
         */
        void writable();

        /**
         * Reports that a datagram could not be sent from the source address that its endpoint
         * remembers, but without it. The owner of the endpoint should continue with {@link
         * Endpoint#withoutSource}. Called within {@link UdpTransport#send} or before {@link
         * #writable}; must not call the transport.
         *
         * @param endpoint the endpoint with the address that no longer works
         */
        default void sourceGone(Endpoint endpoint) {}
    }

    /**
     * Binds both families to the port and begins to receive.
     *
     * @param port 0 to 65535; with 0 the system chooses one
     * @param mark the mark of outgoing datagrams (SO_MARK), 0 for none
     * @return the port
     * @throws IOException if the port or the mark cannot be had; nothing is bound then. Such a
     *     failure of a system call reaches callers of the tunnel as a {@link
     *     java.net.BindException} or {@link java.net.SocketException}.
     */
    int open(int port, int mark) throws IOException;

    /**
     * Sends datagrams in order, each to its endpoint, from the source address that the endpoint
     * remembers if it still can. Never blocks: what the system does not take at once waits, up to a
     * bound, and the rest is lost. Other errors lose the datagram concerned and count it.
     *
     * @param datagrams they belong to the transport until the method returns
     */
    void send(PacketBatch datagrams);

    /**
     * Returns whether no datagram waits for the system to take it. Otherwise the caller should stop
     * producing until {@link Receiver#writable}.
     *
     * @return false while datagrams wait
     */
    boolean isWritable();

    /**
     * Sets the mark of datagrams sent from now on.
     *
     * @param mark 32 bits, unsigned; 0 for none
     * @throws IOException if the system refuses it; the old mark stays
     */
    void mark(int mark) throws IOException;

    /**
     * Returns the segmentation offloads that all of its sockets use now. Sending may show that the
     * system lacks one, which is given up then.
     *
     * @return none while it is closed
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
     * Returns how much waits for the system to take it.
     *
     * @return the length of the datagrams in bytes
     */
    default long queuedBytes() {
        return 0;
    }

    /**
     * Closes the sockets and frees the port; the transport may be opened again. After the event
     * loop has ended any thread may call this.
     */
    @Override
    void close();
}
