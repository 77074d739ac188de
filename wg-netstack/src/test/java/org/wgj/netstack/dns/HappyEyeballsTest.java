// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;

/** Attempts that end when the test says so; the order in time is AttemptScheduleTest's matter. */
@Timeout(60)
class HappyEyeballsTest {
    private static final InetAddress SIX = InetAddress.ofLiteral("fd00::1");
    private static final InetAddress FOUR = InetAddress.ofLiteral("10.0.0.1");
    private static final DnsLookup BOTH = DnsLookup.of(List.of(FOUR, SIX));
    private static final Duration NO_LIMIT = null;

    /** A socket that only knows whether it was closed. */
    private static final class TestSocket extends Socket {
        final InetAddress to;
        final CountDownLatch closed = new CountDownLatch(1);

        TestSocket(InetAddress to) {
            this.to = to;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @Test
    void firstAddressThatConnectsWins() throws IOException {
        TestSocket socket =
                (TestSocket)
                        HappyEyeballs.connect(
                                BOTH,
                                (address, remaining) -> {
                                    assertNull(remaining);
                                    return new TestSocket(address);
                                },
                                NO_LIMIT);
        assertEquals(SIX, socket.to);
        assertEquals(1, socket.closed.getCount());
    }

    @Test
    void failedAddressIsReplaced() throws IOException {
        TestSocket socket =
                (TestSocket)
                        HappyEyeballs.connect(
                                BOTH,
                                (address, remaining) -> {
                                    if (address.equals(SIX)) {
                                        throw new ConnectException("Connection refused");
                                    }
                                    return new TestSocket(address);
                                },
                                NO_LIMIT);
        assertEquals(FOUR, socket.to);
    }

    @Test
    void silentAddressIsOvertakenAndInterrupted() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        TestSocket socket =
                (TestSocket)
                        HappyEyeballs.connect(
                                BOTH,
                                (address, remaining) -> {
                                    if (address.equals(SIX)) {
                                        waitForInterrupt(interrupted);
                                    }
                                    return new TestSocket(address);
                                },
                                NO_LIMIT);
        assertEquals(FOUR, socket.to);
        interrupted.await();
    }

    @Test
    void lateSocketsAreClosed() throws Exception {
        CountDownLatch returned = new CountDownLatch(1);
        AtomicReference<TestSocket> late = new AtomicReference<>();
        TestSocket winner =
                (TestSocket)
                        HappyEyeballs.connect(
                                BOTH,
                                (address, remaining) -> {
                                    TestSocket socket = new TestSocket(address);
                                    if (address.equals(SIX)) {
                                        late.set(socket);
                                        awaitUninterruptibly(returned);
                                    }
                                    return socket;
                                },
                                NO_LIMIT);
        assertEquals(FOUR, winner.to);
        returned.countDown();
        late.get().closed.await();
        assertEquals(1, winner.closed.getCount());
    }

    @Test
    void firstFailureIsThrownWithTheOthers() {
        IOException refused = new ConnectException("Connection refused");
        IOException noRoute = new NoRouteToHostException("No route to host");
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                HappyEyeballs.connect(
                                        BOTH,
                                        (address, remaining) -> {
                                            throw address.equals(SIX) ? refused : noRoute;
                                        },
                                        NO_LIMIT));
        assertSame(refused, e);
        assertEquals(List.of(noRoute), List.of(e.getSuppressed()));
    }

    @Test
    void errorOfAnAttemptIsAFailureToo() {
        IOException e =
                assertThrows(
                        IOException.class,
                        () ->
                                HappyEyeballs.connect(
                                        DnsLookup.of(List.of(FOUR)),
                                        (address, remaining) -> {
                                            throw new IllegalStateException("closed");
                                        },
                                        NO_LIMIT));
        assertEquals(IllegalStateException.class, e.getCause().getClass());
    }

    @Test
    void hostWithoutAddress() {
        DnsLookup lookup = new DnsLookup();
        lookup.fail(new UnknownHostException("db: Name or service not known"));
        UnknownHostException e =
                assertThrows(
                        UnknownHostException.class,
                        () -> HappyEyeballs.connect(lookup, HappyEyeballsTest::never, NO_LIMIT));
        assertEquals("db: Name or service not known", e.getMessage());
        assertEquals(0, e.getSuppressed().length);
    }

    @Test
    void addressesMayComeLater() throws Exception {
        DnsLookup lookup = new DnsLookup();
        AtomicReference<Socket> result = new AtomicReference<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        result.set(
                                                HappyEyeballs.connect(
                                                        lookup,
                                                        (address, remaining) ->
                                                                new TestSocket(address),
                                                        NO_LIMIT));
                                    } catch (IOException e) {
                                        throw new AssertionError(e);
                                    }
                                });
        lookup.ipv4().complete(List.of(FOUR)); // IPv6 never comes: after the delay this will do
        caller.join();
        assertEquals(FOUR, ((TestSocket) result.get()).to);
    }

    @Test
    void timeIsLimitedInAllAttempts() {
        CountDownLatch interrupted = new CountDownLatch(2);
        SocketTimeoutException e =
                assertThrows(
                        SocketTimeoutException.class,
                        () ->
                                HappyEyeballs.connect(
                                        BOTH,
                                        (address, remaining) -> {
                                            assertTrue(
                                                    remaining.toMillis() <= 300,
                                                    remaining::toString);
                                            assertFalse(remaining.isNegative());
                                            waitForInterrupt(interrupted);
                                            throw new AssertionError();
                                        },
                                        Duration.ofMillis(300)));
        assertEquals("Connect timed out", e.getMessage());
    }

    @Test
    void timeIsLimitedWhileNamesAreUnknown() {
        assertThrows(
                SocketTimeoutException.class,
                () ->
                        HappyEyeballs.connect(
                                new DnsLookup(), HappyEyeballsTest::never, Duration.ofMillis(1)));
    }

    @Test
    void interruptEndsItAndStays() {
        Thread.currentThread().interrupt();
        SocketException e =
                assertThrows(
                        SocketException.class,
                        () ->
                                HappyEyeballs.connect(
                                        new DnsLookup(), HappyEyeballsTest::never, NO_LIMIT));
        assertEquals("Closed by interrupt", e.getMessage());
        assertTrue(Thread.interrupted());
    }

    private static Socket never(InetAddress address, Duration remaining) {
        throw new AssertionError(address);
    }

    private static void waitForInterrupt(CountDownLatch interrupted) throws SocketException {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw new SocketException("Closed by interrupt");
        }
    }

    /** As an attempt that finishes although it was told to stop. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        while (true) {
            try {
                latch.await();
                return;
            } catch (InterruptedException e) {
                // Wait on.
            }
        }
    }
}
