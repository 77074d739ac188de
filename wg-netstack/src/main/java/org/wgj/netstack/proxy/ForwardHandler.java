// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.Socket;
import java.util.Objects;

/**
 * Forwards each connection to one fixed target: into the tunnel, or from the tunnel to a host
 * outside. If the target cannot be reached, the client is reset.
 */
public final class ForwardHandler implements ConnectionHandler {
    private final Dialer dialer;
    private final HostAndPort target;

    /**
     * Makes one.
     *
     * @param dialer connects to the target
     * @param target where all connections go; a name is resolved for each connection
     */
    public ForwardHandler(Dialer dialer, HostAndPort target) {
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.target = Objects.requireNonNull(target, "target");
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Socket far = connection.dial(dialer, target.host(), target.port());
        Socket client = connection.client();
        SocketPair.run(connection, client, client.getInputStream(), far, far.getInputStream());
    }
}
