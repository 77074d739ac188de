// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Opens one connection for one thread: resolves the name, tries its addresses a little after one
 * another, and keeps the first that answers (RFC 8305).
 *
 * <p>{@link #cancel} may come from any thread; the rest belongs to the thread that connects.
 */
public final class HappyEyeballs {
    private final SocketStack stack;
    private final long deadlineNs;
    private final Waiter waiter = new Waiter();
    private final List<TcpStream> running = new ArrayList<>();
    private volatile boolean cancelled;

    /**
     * Makes one for one connection.
     *
     * @param deadlineNs for the name and the connection together, by {@link System#nanoTime}
     */
    HappyEyeballs(SocketStack stack, long deadlineNs) {
        this.stack = stack;
        this.deadlineNs = deadlineNs;
    }

    /** Ends the attempt: the connecting thread gets "Socket closed". */
    public void cancel() {
        cancelled = true;
        waiter.changed();
    }

    /**
     * Connects to an address, or to a name that the stack resolves; waits.
     *
     * @param target where to
     * @param options the options of the connection
     * @return the open connection
     * @throws IOException as {@code Socket.connect} does
     */
    public TcpStream connect(InetSocketAddress target, TcpOptions options) throws IOException {
        AddressCandidates addresses =
                target.isUnresolved()
                        ? resolve(target.getHostString())
                        : candidates(target.getAddress());
        return connect(addresses, target.getPort(), null, 0, options);
    }

    /** Begins to resolve a name, or reads a numeric address. */
    AddressCandidates resolve(String host) {
        try {
            return candidates(InetAddress.ofLiteral(host));
        } catch (IllegalArgumentException e) {
            return new AddressCandidates(host, stack.names().lookup(host), waiter);
        }
    }

    AddressCandidates candidates(InetAddress address) {
        return new AddressCandidates(
                address.getHostAddress(), NameLookup.Addresses.of(address), waiter);
    }

    /**
     * Connects to the first address that answers.
     *
     * @param local the own address; null to let the stack choose
     * @param localPort the own port; 0 to let the stack choose
     */
    TcpStream connect(
            AddressCandidates targets, int port, IpAddress local, int localPort, TcpOptions options)
            throws IOException {
        try {
            while (true) {
                int seen = waiter.changes();
                long nowNs = System.nanoTime();
                TcpStream winner = winner(targets, nowNs);
                if (winner != null) {
                    running.remove(winner);
                    winner.connected();
                    return winner;
                }
                targets.update(nowNs);
                InetAddress next = targets.next(nowNs);
                if (next != null) {
                    IpAddress remote = IpAddress.of(next);
                    running.add(
                            TcpStream.connect(
                                    stack, waiter, local, localPort, remote, port, options));
                } else if (targets.isExhausted()) {
                    IOException failure = targets.failure();
                    throw failure != null ? failure : new UnknownHostException(targets.host());
                }
                await(seen, targets.nextDeadlineNs());
            }
        } finally {
            running.forEach(TcpStream::abort);
        }
    }

    /** Returns the stream that is open; removes those that failed. */
    private TcpStream winner(AddressCandidates targets, long nowNs) {
        for (Iterator<TcpStream> each = running.iterator(); each.hasNext(); ) {
            TcpStream stream = each.next();
            if (stream.isEstablished()) {
                return stream;
            }
            IOException reason = stream.connectFailure();
            if (reason != null) {
                each.remove();
                targets.failed(reason, nowNs);
            }
        }
        return null;
    }

    /** Waits for a change, until a moment or the deadline. */
    private void await(int seen, long untilNs) throws IOException {
        if (cancelled) {
            throw SocketErrors.closed();
        }
        boolean bounded =
                deadlineNs != Waiter.NEVER && (untilNs == Waiter.NEVER || deadlineNs - untilNs < 0);
        boolean changed = waiter.await(seen, bounded ? deadlineNs : untilNs);
        if (cancelled) {
            throw SocketErrors.closed();
        }
        if (!changed && deadlineNs != Waiter.NEVER && System.nanoTime() - deadlineNs >= 0) {
            throw new SocketTimeoutException("Connect timed out");
        }
    }
}
