// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.wgj.netstack.dns.AttemptSchedule;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Connects to the first of several addresses that answers, in the order and at the times of {@link
 * AttemptSchedule}, with a virtual thread for each attempt. Attempts that lose are interrupted, and
 * their sockets closed.
 */
final class AddressRace {
    /** Connects to one address; an interrupt ends it. */
    @FunctionalInterface
    interface Attempt {
        Socket connect(InetAddress address, Duration timeout) throws IOException;
    }

    /** How an attempt ended: one of the two is null. */
    private record Result(Socket socket, Exception failure) {}

    private final Attempt attempt;
    private final long endNs;
    private final LinkedBlockingQueue<Result> results = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private boolean over; // guarded by this

    private AddressRace(Attempt attempt, Duration timeout) {
        this.attempt = attempt;
        endNs = System.nanoTime() + timeout.toNanos();
    }

    /**
     * Connects.
     *
     * @param addresses those of one host
     * @param timeout for all attempts together
     * @param attempt connects to one of them
     * @return the first connection
     * @throws IOException if all attempts have failed, see {@link AttemptSchedule#failure}
     * @throws SocketTimeoutException if the time was not enough
     */
    static Socket connect(List<InetAddress> addresses, Duration timeout, Attempt attempt)
            throws IOException {
        if (addresses.isEmpty()) {
            throw new ConnectException("no address");
        }
        if (addresses.size() == 1) {
            return attempt.connect(addresses.getFirst(), timeout);
        }
        AddressRace race = new AddressRace(attempt, timeout);
        try {
            return race.run(addresses);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted");
            interrupted.initCause(e);
            throw interrupted;
        } finally {
            race.end();
        }
    }

    private Socket run(List<InetAddress> addresses) throws IOException, InterruptedException {
        AttemptSchedule schedule = new AttemptSchedule();
        long beginNs = System.nanoTime();
        schedule.ipv6Resolved(
                addresses.stream().filter(one -> !(one instanceof Inet4Address)).toList(), beginNs);
        schedule.ipv4Resolved(
                addresses.stream().filter(Inet4Address.class::isInstance).toList(), beginNs);
        while (true) {
            long nowNs = System.nanoTime();
            long leftNs = endNs - nowNs;
            if (leftNs <= 0) {
                throw new SocketTimeoutException("Connect timed out");
            }
            InetAddress next = schedule.next(nowNs);
            if (next != null) {
                threads.add(
                        Thread.ofVirtual()
                                .name("proxy-attempt")
                                .start(() -> attempt(next, Duration.ofNanos(leftNs))));
            } else if (schedule.isExhausted()) {
                throw schedule.failure();
            }
            long againNs = schedule.nextDeadlineNs();
            long waitNs =
                    againNs == Long.MAX_VALUE
                            ? leftNs
                            : Math.min(leftNs, Math.max(0, againNs - nowNs));
            Result result = results.poll(waitNs, TimeUnit.NANOSECONDS);
            if (result != null && result.socket != null) {
                return result.socket;
            } else if (result != null) {
                schedule.failed(result.failure, System.nanoTime());
            }
        }
    }

    private void attempt(InetAddress address, Duration timeout) {
        Result result;
        try {
            result = new Result(attempt.connect(address, timeout), null);
        } catch (IOException | RuntimeException e) {
            result = new Result(null, e);
        }
        synchronized (this) {
            if (!over) {
                results.add(result);
                return;
            }
        }
        if (result.socket != null) {
            Connection.closeQuietly(result.socket);
        }
    }

    /** Ends the attempts that have not won. */
    private void end() {
        synchronized (this) {
            over = true;
        }
        threads.forEach(Thread::interrupt);
        for (Result late; (late = results.poll()) != null; ) {
            if (late.socket != null) {
                Connection.closeQuietly(late.socket);
            }
        }
    }
}
