// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    private static final String TEMPORARY = "Temporary failure in name resolution";
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("2001:db8::7");

    private final Deque<Object> answers = new ArrayDeque<>();
    private final List<String> notices = new ArrayList<>();
    private Duration waited = Duration.ZERO;

    private InetSocketAddress resolve(int retries) throws IOException {
        return new RetryingResolver(
                        host -> {
                            Object answer = answers.removeFirst();
                            if (answer instanceof InetAddress address) {
                                return address;
                            }
                            throw new UnknownHostException("a: " + answer);
                        },
                        duration -> waited = waited.plus(duration),
                        retries,
                        notices::add)
                .resolve(new HostPort("a", 9));
    }

    @Test
    void asksAgainWhileNameServersFail() throws IOException {
        answers.addAll(List.of(TEMPORARY, TEMPORARY, ADDRESS));
        assertEquals(new InetSocketAddress(ADDRESS, 9), resolve(2));
        assertEquals(Duration.ofMillis(2200), waited);
        assertEquals(
                List.of(
                        TEMPORARY + ": `a:9'. Trying again in 1.00" + " seconds...",
                        TEMPORARY + ": `a:9'. Trying again in 1.20" + " seconds..."),
                notices);
    }

    @Test
    void givesUpAfterTheLastRetry() {
        answers.addAll(List.of(TEMPORARY, TEMPORARY, ADDRESS));
        IOException e = assertThrows(IOException.class, () -> resolve(1));
        assertEquals("cannot resolve a:9: " + TEMPORARY, e.getMessage());
        assertEquals(1, answers.size());
    }

    @Test
    void waitsNoLongerThan20SecondsAndForEverIfTold() throws IOException {
        for (int i = 0; i < 100; i++) {
            answers.add(TEMPORARY);
        }
        answers.add(ADDRESS);
        resolve(EndpointResolver.INFINITE_RETRIES);
        assertEquals(TEMPORARY + ": `a:9'. Trying again in 20.00 seconds...", notices.getLast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Name or service not known",
                "No address associated with hostname",
                "Non-recoverable failure in name resolution"
            })
    void doesNotAskTwiceForWhatDoesNotExist(String reason) {
        assertFinal("a", new UnknownHostException("a: " + reason), reason);
    }

    /** These come from the JDK, which does not ask the name service for them. */
    @ParameterizedTest
    @ValueSource(strings = {"1:2:3", "fe80::1%nowhere"})
    void doesNotAskTwiceWithAnAddressThatIsNone(String host) {
        UnknownHostException e =
                assertThrows(UnknownHostException.class, () -> InetAddress.getByName(host));
        assertFinal(host, e, e.getMessage().replace(host + ": ", ""));
    }

    private void assertFinal(String host, UnknownHostException answer, String reason) {
        EndpointResolver resolver =
                new RetryingResolver(
                        _ -> {
                            throw answer;
                        },
                        duration -> {
                            throw new AssertionError("waits");
                        },
                        15,
                        notices::add);
        IOException e =
                assertThrows(IOException.class, () -> resolver.resolve(new HostPort(host, 9)));
        assertTrue(e.getMessage().endsWith(": " + reason), e.getMessage());
    }

    /** EAI_SYSTEM with the text of an errno; and any other language. */
    @ParameterizedTest
    @ValueSource(
            strings = {"Connection refused", "Temporärer Fehler bei der Namensauflösung", "null"})
    void asksAgainWhateverElseIsTheReason(String reason) throws IOException {
        answers.addAll(List.of(reason, ADDRESS));
        assertEquals(new InetSocketAddress(ADDRESS, 9), resolve(1));
    }
}
