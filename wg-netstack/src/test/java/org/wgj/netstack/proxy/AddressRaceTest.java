// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Tests the attempts to connect to several addresses of one host. */
@Timeout(60)
class AddressRaceTest {
    private static final InetAddress SIX = InetAddress.ofLiteral("fd00::1");
    private static final InetAddress FOUR = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("10.0.0.2");

    /** Longer than any test may take: a share of it would be noticed. */
    private static final Duration LONG = Duration.ofHours(1);

    private final BlockingQueue<InetAddress> tried = new LinkedBlockingQueue<>();
    private final BlockingQueue<InetAddress> ended = new LinkedBlockingQueue<>();

    /** Waits as a host that does not answer makes it, until the attempt is interrupted. */
    private Socket silence(InetAddress address) throws IOException {
        try {
            new CountDownLatch(1).await();
            throw new AssertionError();
        } catch (InterruptedException e) {
            ended.add(address);
            throw new InterruptedIOException();
        }
    }

    @Test
    void anAddressThatDoesNotAnswerCostsAQuarterOfASecond() throws Exception {
        try (Socket expected = new Socket()) {
            Socket socket =
                    AddressRace.connect(
                            List.of(FOUR, OTHER, SIX),
                            LONG,
                            (address, left) -> {
                                tried.add(address);
                                assertTrue(left.compareTo(LONG.minusMinutes(5)) > 0, "no shares");
                                return address.equals(OTHER) ? expected : silence(address);
                            });
            assertSame(expected, socket);
            assertEquals(List.of(SIX, FOUR, OTHER), List.copyOf(tried), "IPv6 goes first");
            for (int i = 0; i < 2; i++) {
                InetAddress loser = ended.poll(20, TimeUnit.SECONDS);
                assertTrue(SIX.equals(loser) || FOUR.equals(loser), "interrupted: " + loser);
            }
        }
    }

    @Test
    void anAddressThatRefusesCostsNothing() throws Exception {
        long begin = System.nanoTime();
        int many = 200; // at a quarter of a second each, a test that is over its time
        List<InetAddress> all =
                IntStream.rangeClosed(1, many)
                        .mapToObj(i -> InetAddress.ofLiteral("10.0.1." + i))
                        .toList();
        ConnectException e =
                assertThrows(
                        ConnectException.class,
                        () ->
                                AddressRace.connect(
                                        all,
                                        LONG,
                                        (address, left) -> {
                                            throw new ConnectException(address.getHostAddress());
                                        }));
        assertEquals("10.0.1.1", e.getMessage(), "the first failure");
        assertEquals(many - 1, e.getSuppressed().length);
        assertTrue(System.nanoTime() - begin < 40_000_000_000L);
    }

    /** As on a host that has IPv4 only. */
    @Test
    void theReasonOfTheAddressThatWasReachedCounts() {
        ConnectException e =
                assertThrows(
                        ConnectException.class,
                        () ->
                                AddressRace.connect(
                                        List.of(SIX, FOUR),
                                        LONG,
                                        (address, left) -> {
                                            throw address.equals(SIX)
                                                    ? new SocketException("Network is unreachable")
                                                    : new ConnectException("Connection refused");
                                        }));
        assertEquals("Connection refused", e.getMessage());
        assertEquals("Network is unreachable", e.getSuppressed()[0].getMessage());
    }

    @Test
    void theTimeIsForAllAttemptsTogether() {
        SocketTimeoutException e =
                assertThrows(
                        SocketTimeoutException.class,
                        () ->
                                AddressRace.connect(
                                        List.of(FOUR, OTHER),
                                        Duration.ofMillis(600),
                                        (address, left) -> silence(address)));
        assertEquals("Connect timed out", e.getMessage());
    }

    @Test
    void anInterruptEndsAllAttempts() throws Exception {
        CompletableFuture<Throwable> result = new CompletableFuture<>();
        Thread connecting =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        AddressRace.connect(
                                                List.of(FOUR, OTHER),
                                                LONG,
                                                (address, left) -> {
                                                    tried.add(address);
                                                    return silence(address);
                                                });
                                    } catch (Throwable e) {
                                        result.complete(e);
                                    }
                                });
        assertEquals(FOUR, tried.poll(20, TimeUnit.SECONDS));
        assertEquals(OTHER, tried.poll(20, TimeUnit.SECONDS));
        connecting.interrupt();
        assertInstanceOf(InterruptedIOException.class, result.get(20, TimeUnit.SECONDS));
        assertEquals(2, List.of(take(), take()).size());
    }

    private InetAddress take() throws InterruptedException {
        InetAddress one = ended.poll(20, TimeUnit.SECONDS);
        assertTrue(one != null, "an attempt goes on");
        return one;
    }

    /** An attempt may succeed when another has already won. */
    @Test
    void aLateConnectionIsClosed() throws Exception {
        CountDownLatch won = new CountDownLatch(1);
        Socket late = new Socket();
        try (Socket first =
                AddressRace.connect(
                        List.of(FOUR, OTHER),
                        LONG,
                        (address, left) -> {
                            if (address.equals(OTHER)) {
                                return new Socket();
                            }
                            while (won.getCount() > 0) {
                                try {
                                    won.await();
                                } catch (InterruptedException e) {
                                    // this attempt cannot be interrupted
                                }
                            }
                            return late;
                        })) {
            assertTrue(!first.isClosed());
            won.countDown();
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            while (!late.isClosed() && System.nanoTime() - deadline < 0) {
                Thread.sleep(1);
            }
            assertTrue(late.isClosed());
            assertTrue(!first.isClosed());
        }
    }
}
