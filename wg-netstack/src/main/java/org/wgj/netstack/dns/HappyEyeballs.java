// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Connects to whichever address of a host answers first (Happy Eyeballs version 2, RFC 8305). Each
 * attempt runs in a virtual thread; once one has succeeded, the others are interrupted, and their
 * sockets closed if they succeed nevertheless.
 */
public final class HappyEyeballs {
    /** Connects to one address. */
    @FunctionalInterface
    public interface Attempt {
        /**
         * Connects. It ends soon after its thread was interrupted.
         *
         * @param address where to
         * @param remaining the time that is left, more than 0; null for as long as it takes
         * @return the connected socket
         * @throws IOException if it cannot be reached
         */
        Socket connect(InetAddress address, Duration remaining) throws IOException;
    }

    /** What the waiting thread is told. */
    private sealed interface Event {}

    private record Resolved(boolean isIpv6, List<InetAddress> addresses, Throwable failure)
            implements Event {}

    private record Connected(Socket socket) implements Event {}

    private record AttemptFailed(IOException exception) implements Event {}

    private final DnsLookup lookup;
    private final Attempt attempt;
    private final LongSupplier clock;
    private final long deadlineNs;
    private final boolean isLimited;
    private final AttemptSchedule schedule = new AttemptSchedule();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private final List<IOException> failures = new ArrayList<>();

    /** Set when the outcome is known: later sockets are closed. Guarded by this object. */
    private boolean done;

    private HappyEyeballs(DnsLookup lookup, Attempt attempt, Duration timeout, LongSupplier clock) {
        this.lookup = lookup;
        this.attempt = attempt;
        this.clock = clock;
        isLimited = timeout != null;
        deadlineNs = clock.getAsLong() + (isLimited ? timeout.toNanos() : 0);
    }

    /**
     * Connects, and waits until it is done.
     *
     * @param lookup the addresses, which may still be arriving
     * @param attempt connects to one of them
     * @param timeout how long all of it may take, or null for as long as it takes
     * @return the first connected socket
     * @throws java.net.UnknownHostException if the host has no address
     * @throws SocketTimeoutException if the time was not enough
     * @throws SocketException if this thread was interrupted, which leaves its interrupt status set
     * @throws IOException what the first attempt failed with, if all failed; what the others failed
     *     with is suppressed in it
     */
    public static Socket connect(DnsLookup lookup, Attempt attempt, Duration timeout)
            throws IOException {
        return new HappyEyeballs(lookup, attempt, timeout, System::nanoTime).run();
    }

    private Socket run() throws IOException {
        listen(lookup.ipv6(), true);
        listen(lookup.ipv4(), false);
        try {
            while (true) {
                long nowNs = clock.getAsLong();
                for (InetAddress next; (next = schedule.next(nowNs)) != null; ) {
                    begin(next, nowNs);
                }
                if (schedule.isExhausted()) {
                    throw failure();
                }
                Event event = await(nowNs);
                if (event instanceof Connected(Socket socket)) {
                    return socket;
                }
                if (event != null) {
                    handle(event, clock.getAsLong());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw withFailures(new SocketException("Closed by interrupt"));
        } finally {
            end();
        }
    }

    private void listen(CompletableFuture<List<InetAddress>> family, boolean isIpv6) {
        family.whenComplete(
                (addresses, failure) ->
                        events.add(
                                new Resolved(
                                        isIpv6, failure == null ? addresses : List.of(), failure)));
    }

    /** Null if it is time to look at the schedule. */
    private Event await(long nowNs) throws InterruptedException, SocketTimeoutException {
        long untilNs = schedule.nextDeadlineNs();
        if (isLimited) {
            if (nowNs - deadlineNs >= 0) {
                throw withFailures(new SocketTimeoutException("Connect timed out"));
            }
            untilNs = untilNs == Long.MAX_VALUE ? deadlineNs : Math.min(untilNs, deadlineNs);
        } else if (untilNs == Long.MAX_VALUE) {
            return events.take();
        }
        return events.poll(Math.max(0, untilNs - nowNs), TimeUnit.NANOSECONDS);
    }

    private void handle(Event event, long nowNs) {
        switch (event) {
            case Resolved(boolean isIpv6, List<InetAddress> addresses, Throwable failure) -> {
                if (failure != null && failures.isEmpty()) {
                    failures.add(DnsLookup.failure("the host has no address", failure));
                }
                if (isIpv6) {
                    schedule.ipv6Resolved(addresses, nowNs);
                } else {
                    schedule.ipv4Resolved(addresses, nowNs);
                }
            }
            case AttemptFailed(IOException exception) -> {
                failures.add(exception);
                schedule.failed(nowNs);
            }
            case Connected connected -> throw new AssertionError(connected);
        }
    }

    private void begin(InetAddress address, long nowNs) {
        Duration remaining = isLimited ? Duration.ofNanos(Math.max(1, deadlineNs - nowNs)) : null;
        threads.add(Thread.ofVirtual().name("connect").start(() -> tryOne(address, remaining)));
    }

    private void tryOne(InetAddress address, Duration remaining) {
        try {
            Socket socket = attempt.connect(address, remaining);
            synchronized (this) {
                if (!done) {
                    events.add(new Connected(socket));
                    return;
                }
            }
            socket.close();
        } catch (IOException e) {
            events.add(new AttemptFailed(e));
        } catch (RuntimeException e) {
            events.add(new AttemptFailed(new IOException(e)));
        }
    }

    /** Sockets that were connected but not taken are still in the queue. */
    private void end() {
        synchronized (this) {
            done = true;
        }
        threads.forEach(Thread::interrupt);
        for (Event event; (event = events.poll()) != null; ) {
            if (event instanceof Connected(Socket socket)) {
                try {
                    socket.close();
                } catch (IOException e) {
                    // It was not wanted.
                }
            }
        }
    }

    private IOException failure() {
        if (failures.isEmpty()) {
            return new SocketException("the host has no address");
        }
        IOException first = failures.removeFirst();
        return withFailures(first);
    }

    private <E extends IOException> E withFailures(E exception) {
        failures.stream().filter(e -> e != exception).forEach(exception::addSuppressed);
        return exception;
    }
}
