// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Opens ordinary sockets of the system. Immutable; any thread may use it. */
public final class SystemDialer implements Dialer {
    private static final List<InetAddress> LOOPBACK =
            List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

    private final Dialer namesOrNull;

    /** Makes one that resolves names with the system's resolver. */
    public SystemDialer() {
        namesOrNull = null;
    }

    /**
     * Makes one that resolves names with another dialer, so that they do not leave the tunnel. The
     * name servers of a tunnel are somebody else's: {@code localhost} and the names below it are
     * this machine's loopback addresses, whatever the servers say, and addresses of this machine
     * and its link are refused for all other names.
     *
     * @param names resolves
     */
    public SystemDialer(Dialer names) {
        namesOrNull = Objects.requireNonNull(names, "names");
    }

    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        return connect(resolve(host), port, timeout);
    }

    @Override
    public Socket connect(List<InetAddress> addresses, int port, Duration timeout)
            throws IOException {
        return AddressRace.connect(
                addresses, timeout, (address, left) -> connect(address, port, left));
    }

    private static Socket connect(InetAddress address, int port, Duration timeout)
            throws IOException {
        long ms = timeout.toMillis();
        if (ms <= 0) {
            throw new SocketTimeoutException("Connect timed out");
        }
        Socket socket = new Socket();
        try {
            socket.connect(
                    new InetSocketAddress(address, port), (int) Math.min(ms, Integer.MAX_VALUE));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return new DatagramSocket(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port);
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        if (namesOrNull == null) {
            return List.of(InetAddress.getAllByName(host));
        }
        if (HostAndPort.isLiteral(host)) {
            return List.of(InetAddress.ofLiteral(host));
        }
        if (OwnMachine.isLocalName(host)) {
            return LOOPBACK;
        }
        List<InetAddress> elsewhere =
                namesOrNull.resolve(host).stream()
                        .filter(address -> !OwnMachine.isLocalByItself(address))
                        .toList();
        if (elsewhere.isEmpty()) {
            throw new TargetRefusedException(
                    "the name servers say that " + host + " is this machine or its link");
        }
        return elsewhere;
    }
}
