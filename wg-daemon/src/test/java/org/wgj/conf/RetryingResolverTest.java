package org.wgj.conf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

class RetryingResolverTest {
    private static final String TEMPORARY = "a: Temporary failure in name resolution";
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("2001:db8::7");

    private final Deque<Object> answers = new ArrayDeque<>();
    private final List<String> notices = new ArrayList<>();
    private Duration waited = Duration.ZERO;

    private InetSocketAddress resolve(int retries) throws IOException {
        return new RetryingResolver(
                        host -> {
                            if (answers.removeFirst() instanceof InetAddress address) {
                                return address;
                            }
                            throw new UnknownHostException(TEMPORARY);
                        },
                        duration -> waited = waited.plus(duration),
                        retries,
                        notices::add)
                .resolve(new HostPort("a", 9));
    }

    @Test
    void asksAgainWhileNameServersFail() throws IOException {
        answers.addAll(List.of("", "", ADDRESS));
        assertEquals(new InetSocketAddress(ADDRESS, 9), resolve(2));
        assertEquals(Duration.ofMillis(2200), waited);
        assertEquals(
                List.of(
                        "Temporary failure in name resolution: `a:9'. Trying again in 1.00"
                                + " seconds...",
                        "Temporary failure in name resolution: `a:9'. Trying again in 1.20"
                                + " seconds..."),
                notices);
    }

    @Test
    void givesUpAfterTheLastRetry() {
        answers.addAll(List.of("", "", ADDRESS));
        IOException e = assertThrows(IOException.class, () -> resolve(1));
        assertEquals("cannot resolve a:9: Temporary failure in name resolution", e.getMessage());
        assertEquals(1, answers.size());
    }

    @Test
    void waitsNoLongerThan20SecondsAndForEverIfTold() throws IOException {
        for (int i = 0; i < 100; i++) {
            answers.add("");
        }
        answers.add(ADDRESS);
        resolve(EndpointResolver.INFINITE_RETRIES);
        assertEquals(
                "Temporary failure in name resolution: `a:9'. Trying again in 20.00 seconds...",
                notices.getLast());
    }

    @Test
    void doesNotAskTwiceForWhatDoesNotExist() {
        EndpointResolver resolver =
                new RetryingResolver(
                        host -> {
                            throw new UnknownHostException("a: Name or service not known");
                        },
                        duration -> {
                            throw new AssertionError("waits");
                        },
                        15,
                        notices::add);
        IOException e =
                assertThrows(IOException.class, () -> resolver.resolve(new HostPort("a", 9)));
        assertEquals("cannot resolve a:9: Name or service not known", e.getMessage());
    }
}
