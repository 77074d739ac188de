// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Dialer;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelStatus;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;

/** The tunnel as the proxies see it. Any thread may use it. */
interface ProxyTunnel extends AutoCloseable {
    /** Returns the dialer into the tunnel. */
    Dialer dialer();

    /**
     * Returns whether the dialer resolves names with name servers of the tunnel, not of the system.
     */
    boolean hasNameServers();

    /** Returns whether an allowed IP of a peer covers an address. */
    boolean covers(InetAddress address);

    /** Returns whether the allowed IPs cover all addresses of a kind that the tunnel has. */
    boolean coversEverything();

    /** Answers a DNS question as the tunnel's name servers do; null for no answer. */
    byte[] answerDns(byte[] bytes, int length, boolean tcp);

    /** Sends a ping and returns how long the answer took. */
    Duration ping(InetAddress address, Duration timeout) throws IOException;

    TunnelStatus status();

    /**
     * Changes the key, the port and the peers. Sessions of peers that stay continue.
     *
     * @return a warning of what cannot be changed while the tunnel runs; null if there is nothing
     */
    String change(TunnelConfig config) throws IOException;

    @Override
    void close();
}
