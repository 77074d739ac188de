// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.Credentials;
import org.wgj.netstack.proxy.HostAndPort;

import java.nio.file.Path;
import java.time.Duration;

/** One thing that a file asks the proxy to do. Two that are equal need no restart on a reload. */
public sealed interface ProxySection {
    /**
     * Returns the section's name in a file.
     *
     * @return as wireproxy spells it
     */
    String name();

    /** A section that listens for TCP connections on this machine. */
    sealed interface TcpListening extends ProxySection {
        HostAndPort bind();
    }

    /** [Socks5]; without credentials if Username is missing. */
    record Socks5(HostAndPort bind, Credentials credentialsOrNull) implements TcpListening {
        @Override
        public String name() {
            return "Socks5";
        }
    }

    /** [http]; with TLS if there is a certificate. */
    record Http(
            HostAndPort bind,
            Credentials credentialsOrNull,
            Path certificatesOrNull,
            Path keyOrNull,
            boolean pac)
            implements TcpListening {
        @Override
        public String name() {
            return "http";
        }
    }

    /** [SNI]. */
    record Sni(HostAndPort bind) implements TcpListening {
        @Override
        public String name() {
            return "SNI";
        }
    }

    /** [TCPClientTunnel]: connections to this machine go to a target in the tunnel. */
    record TcpClient(HostAndPort bind, HostAndPort target) implements TcpListening {
        @Override
        public String name() {
            return "TCPClientTunnel";
        }
    }

    /** [TCPServerTunnel]: connections from the tunnel go to a target outside. */
    record TcpServer(int listenPort, HostAndPort target) implements ProxySection {
        @Override
        public String name() {
            return "TCPServerTunnel";
        }
    }

    /**
     * [UDPProxyTunnel]: datagrams to this machine go to a target in the tunnel.
     *
     * @param idleOrNull how long a client may be silent; null for ever
     */
    record UdpClient(HostAndPort bind, HostAndPort target, Duration idleOrNull)
            implements ProxySection {
        @Override
        public String name() {
            return "UDPProxyTunnel";
        }
    }

    /**
     * [UDPServerTunnel]: datagrams from the tunnel go to a target outside.
     *
     * @param idleOrNull how long a client may be silent; null for ever
     */
    record UdpServer(int listenPort, HostAndPort target, Duration idleOrNull)
            implements ProxySection {
        @Override
        public String name() {
            return "UDPServerTunnel";
        }
    }

    /** [STDIOTunnel]: standard input and output are connected to a target in the tunnel. */
    record Stdio(HostAndPort target) implements ProxySection {
        @Override
        public String name() {
            return "STDIOTunnel";
        }
    }

    /** [DNS]: questions to this machine go to the tunnel's name servers, by UDP and TCP. */
    record Dns(HostAndPort bind) implements ProxySection {
        @Override
        public String name() {
            return "DNS";
        }
    }
}
