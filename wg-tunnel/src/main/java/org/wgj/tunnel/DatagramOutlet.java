// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

/**
 * The sockets, the clock and the event loop that a tunnel lends to its {@link DatagramFilter}. For
 * use on that event loop only, except {@link #schedule}; once the tunnel is closed it sends nothing
 * and runs nothing.
 */
public interface DatagramOutlet {
    /**
     * Sends datagrams in order from the tunnel's port, each to its endpoint with its traffic class.
     * The tunnel does not look at them. Datagrams that the system does not take at once wait, up to
     * the sockets' bound, and the rest is lost; so is everything while the interface is down.
     *
     * @param datagrams belong to the tunnel until the method returns. It may be the batch that the
     *     filter is being called with, if the filter restores the part that it leaves to the tunnel
     */
    void send(PacketBatch datagrams);

    /**
     * Returns whether no datagram waits for the system to take it.
     *
     * @return false while datagrams wait; a sender that has a choice holds back then
     */
    boolean isWritable();

    /**
     * Reads the tunnel's clock.
     *
     * @return nanoseconds, never negative, never decreasing, of a clock that also counts while the
     *     machine sleeps
     */
    long nowNs();

    /**
     * Returns whether the tunnel itself is addressed by an index.
     *
     * @param index a receiver index
     * @return whether a handshake or session of the tunnel has it now
     */
    boolean ownsIndex(int index);

    /**
     * Returns where a peer has proved to be: its endpoint, if it came from an answer to the tunnel
     * or from transport data, and not from the configuration or an initiation.
     *
     * @param peer the peer's public key
     * @return the endpoint with its local address; null if it is not proved, or there is no such
     *     peer
     */
    Endpoint provenEndpointOrNull(PublicKey peer);

    /**
     * Begins a handshake with a peer as soon as the loop has done what it does now, unless an
     * initiation was sent within the last second.
     *
     * @param peer the peer's public key; ignored if it is no peer
     * @param alsoTo where to send the initiation besides the endpoint; null for nowhere
     */
    void initiate(PublicKey peer, Endpoint alsoTo);

    /**
     * Runs a task on the tunnel's event loop later. Any thread may call this. An exception of the
     * task is logged.
     *
     * @param task not run if the tunnel closes before
     * @param delayNs nanoseconds from now; 0 for as soon as the loop has done what it does now
     */
    void schedule(Runnable task, long delayNs);
}
