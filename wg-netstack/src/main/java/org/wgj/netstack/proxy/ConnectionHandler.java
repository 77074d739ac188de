// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;

/**
 * Serves the connections of one listener. Called for many connections at the same time, each on a
 * thread of its own.
 */
public interface ConnectionHandler {
    /**
     * Serves one connection until it ends. The caller closes it afterwards, with everything that
     * belongs to it.
     *
     * @param connection the connection with the client
     * @throws IOException if it has failed; the client is then reset
     */
    void serve(Connection connection) throws IOException;
}
