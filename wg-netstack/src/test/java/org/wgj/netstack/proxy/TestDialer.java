// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Stands for a tunnel: it knows names that no system knows, and what it connects to is on loopback.
 * The name {@code blackhole} never answers.
 */
final class TestDialer implements Dialer {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    final Queue<String> asked = new ConcurrentLinkedQueue<>();
    final Map<String, InetAddress> names =
            new ConcurrentHashMap<>(Map.of("inside.test", LOOPBACK, "localhost", LOOPBACK));
    final AtomicReference<Socket> last = new AtomicReference<>();
    final AtomicInteger hanging = new AtomicInteger();
    private final SystemDialer system = new SystemDialer();

    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        asked.add(host);
        switch (host) {
            case "blackhole" -> hang(timeout);
            case "unreachable.test" -> throw new NoRouteToHostException("No route to host");
            case "no.network" -> throw new SocketException("Network is unreachable");
            case "no.ipv6" -> throw new SocketException("IPv6 protocol family unavailable");
            case "late.test" -> throw new SocketTimeoutException("Connect timed out");
            case "forbidden.test" -> throw new TargetRefusedException("not covered");
            default -> {}
        }
        Socket socket = new SystemDialer().connect(resolve(host), port, timeout);
        last.set(socket);
        return socket;
    }

    private void hang(Duration timeout) throws IOException {
        hanging.incrementAndGet();
        try {
            new CountDownLatch(1).await(timeout.toNanos(), TimeUnit.NANOSECONDS);
            throw new SocketTimeoutException("Connect timed out");
        } catch (InterruptedException e) {
            throw new InterruptedIOException();
        } finally {
            hanging.decrementAndGet();
        }
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return system.datagram(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return system.listen(port);
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        if (HostAndPort.isLiteral(host)) {
            return List.of(InetAddress.ofLiteral(host));
        }
        InetAddress known = names.get(host);
        if (known == null) {
            throw new UnknownHostException(host);
        }
        return List.of(known);
    }
}
