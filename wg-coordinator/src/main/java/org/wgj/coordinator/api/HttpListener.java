// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.api;

import io.netty.channel.Channel;

import java.util.Optional;

/** The part of a server that differs between its listeners. */
public interface HttpListener {
    /**
     * Returns the limits of its callers.
     *
     * @return always the same
     */
    HttpLimits limits();

    /**
     * Identifies the caller. Called for each request on the channel's event loop; must not block.
     *
     * @param channel a connection of this listener
     * @return the caller; empty to refuse the request
     */
    Optional<Caller> caller(Channel channel);

    /**
     * Returns what counts as one source of connections and requests.
     *
     * @param channel a connection of this listener
     * @return an address or a user; equal for connections of one source
     */
    Object source(Channel channel);

    /**
     * Returns whether a request may name this host: the address of the listener, and not a name
     * that a foreign page had resolved to it (DNS rebinding).
     *
     * @param host the header {@code Host}; empty if there is none
     * @return false to refuse the request
     */
    boolean isOwnHost(String host);
}
