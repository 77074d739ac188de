// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Chooses the path by the target's address: the tunnel if the address is one of the tunnel's, and
 * otherwise, as the user decided, a direct connection or a refusal. Names are resolved in the
 * tunnel in either case, so that no name leaks. A direct connection never reaches this machine
 * itself, whose services trust local callers, nor its link. Any thread may use it.
 */
public final class RoutedDialer implements Dialer {
    private final Dialer tunnel;
    private final Dialer directOrNull;
    private final Predicate<InetAddress> covered;
    private final Local local;

    /** Tells whether an address is one of this machine. */
    @FunctionalInterface
    interface Local {
        boolean test(InetAddress address) throws IOException;
    }

    /**
     * Makes one.
     *
     * @param tunnel connects through the tunnel
     * @param directOrNull connects to all other targets; null to refuse them
     * @param covered whether an allowed IP of a peer covers an address; called for each connection,
     *     on any thread
     */
    public RoutedDialer(Dialer tunnel, Dialer directOrNull, Predicate<InetAddress> covered) {
        this(tunnel, directOrNull, covered, OwnMachine::isLocal);
    }

    RoutedDialer(Dialer tunnel, Dialer directOrNull, Predicate<InetAddress> covered, Local local) {
        this.local = Objects.requireNonNull(local, "local");
        this.tunnel = Objects.requireNonNull(tunnel, "tunnel");
        this.directOrNull = directOrNull;
        this.covered = Objects.requireNonNull(covered, "covered");
    }

    /**
     * Prefers the tunnel: a direct connection is tried only if the tunnel covers no address of the
     * host.
     */
    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        long begin = System.nanoTime();
        List<InetAddress> addresses = resolve(host, timeout);
        List<InetAddress> inside = addresses.stream().filter(covered).toList();
        if (inside.size() == addresses.size()) {
            return tunnel.connect(host, port, rest(timeout, begin));
        }
        if (!inside.isEmpty()) {
            return tunnel.connect(inside, port, rest(timeout, begin));
        }
        if (directOrNull == null) {
            throw refused(host);
        }
        List<InetAddress> others = new ArrayList<>();
        for (InetAddress address : addresses) {
            if (!local.test(address)) {
                others.add(address);
            }
        }
        if (others.isEmpty()) {
            throw refusedAsLocal(host);
        }
        return directOrNull.connect(others, port, rest(timeout, begin));
    }

    private static Duration rest(Duration timeout, long begin) throws SocketTimeoutException {
        Duration rest = timeout.minusNanos(System.nanoTime() - begin);
        if (!rest.isPositive()) {
            throw new SocketTimeoutException("Connect timed out");
        }
        return rest;
    }

    private static TargetRefusedException refused(String host) {
        return new TargetRefusedException(host + " is not covered by the allowed IPs of a peer");
    }

    private static TargetRefusedException refusedAsLocal(String host) {
        return new TargetRefusedException(host + " is the proxy's own machine or link");
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return tunnel.datagram(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return tunnel.listen(port);
    }

    /** Resolves on another thread, which may go on for longer than the caller waits. */
    private List<InetAddress> resolve(String host, Duration timeout) throws IOException {
        if (HostAndPort.isLiteral(host)) {
            return resolve(host);
        }
        FutureTask<List<InetAddress>> lookup = new FutureTask<>(() -> resolve(host));
        Thread.ofVirtual().name("proxy-lookup").start(lookup);
        try {
            return lookup.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("Connect timed out");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while resolving " + host);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException("cannot resolve " + host, e.getCause());
        } finally {
            lookup.cancel(true);
        }
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        List<InetAddress> addresses = tunnel.resolve(host);
        if (addresses.isEmpty()) {
            throw new UnknownHostException(host);
        }
        return addresses;
    }

    @Override
    public Dialer pathTo(InetAddress target) throws TargetRefusedException {
        if (covered.test(target)) {
            return tunnel;
        }
        if (directOrNull == null) {
            throw refused(target.getHostAddress());
        }
        boolean isLocal;
        try {
            isLocal = local.test(target);
        } catch (IOException e) {
            isLocal = true; // the system cannot tell
        }
        if (isLocal) {
            throw refusedAsLocal(target.getHostAddress());
        }
        return directOrNull;
    }
}
