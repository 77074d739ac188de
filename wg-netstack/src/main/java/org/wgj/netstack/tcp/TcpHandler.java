// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * Hears what happens to a connection. Called on the stack's thread; the methods must not block.
 * They may call the connection.
 */
public interface TcpHandler {
    /** The handshake is complete. Called once, for connections that this side opened. */
    void established();

    /**
     * There is something to read: bytes, or the end of the stream. Called at most once for each
     * received batch.
     */
    void readable();

    /** There is room to write again, after a write that was not taken whole. */
    void writable();

    /**
     * The peer has acknowledged everything that was written and the FIN behind it, and may go on
     * sending. If the connection ends with that acknowledgment, {@link #ended} is called instead.
     */
    default void allAcknowledged() {}

    /**
     * The connection has ended for the application; no other method is called afterwards. The
     * connection may still send what was written before an orderly close.
     *
     * @param failure why; null if both sides closed
     */
    void ended(TcpFailure failure);
}
