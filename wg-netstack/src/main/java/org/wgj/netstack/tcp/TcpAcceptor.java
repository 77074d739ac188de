// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** Takes the connections that peers open to a {@link TcpListener}. */
public interface TcpAcceptor {
    /**
     * A connection is established. The acceptor must give it a handler by {@link
     * TcpConnection#setHandler} before this method returns, and call {@link TcpListener#accepted}
     * when the application has taken it. Called on the stack's thread; must not block.
     *
     * @param connection the new connection; data may already be there
     * @return false to refuse it with RST
     */
    boolean pending(TcpConnection connection);
}
