// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The resolver with servers on loopback. */
@Timeout(60)
class DnsResolverTest {
    private static final Map<String, List<String>> HOSTS =
            Map.of(
                    "both.example", List.of("10.0.0.1", "fd00::1", "10.0.0.2"),
                    "four.example", List.of("10.0.0.4"),
                    "six.example", List.of("fd00::6"),
                    "none.example", List.of(),
                    "db.corp.example", List.of("10.0.0.5"),
                    "deep.db.corp.example", List.of("10.0.0.6"),
                    "xn--bcher-kva.example", List.of("10.0.0.7"));

    private final AtomicLong clock = new AtomicLong();

    @Test
    void findsBothFamiliesIpv6First() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver = resolver(List.of(), server)) {
            assertEquals(
                    List.of("fd00:0:0:0:0:0:0:1", "10.0.0.1", "10.0.0.2"),
                    texts(resolver.resolve("both.example")));
            assertEquals(List.of("10.0.0.4"), texts(resolver.resolve("four.example")));
            assertEquals(List.of("fd00:0:0:0:0:0:0:6"), texts(resolver.resolve("six.example")));
            assertEquals("six.example", resolver.resolve("six.example")[0].getHostName());
            assertEquals(List.of("10.0.0.7"), texts(resolver.resolve("b\u00fccher.example")));
        }
    }

    /** One port and one socket for each query. */
    @Test
    void everyQueryHasItsOwnPort() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver = resolver(List.of(), server)) {
            for (int i = 0; i < 20; i++) {
                String host = "unknown" + i + ".example";
                assertThrows(UnknownHostException.class, () -> resolver.resolve(host));
            }
            Set<Integer> ports = new HashSet<>();
            server.asked().forEach(asked -> ports.add(asked.port()));
            assertTrue(ports.size() > 20, ports::toString);
        }
    }

    @Test
    void asksOnlyForFamiliesOfTheTunnel() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver four = resolver(options(List.of(), true, false, server));
                DnsResolver six = resolver(options(List.of(), false, true, server))) {
            assertEquals(List.of("10.0.0.1", "10.0.0.2"), texts(four.resolve("both.example")));
            assertEquals(List.of("both.example A"), server.questions());
            assertEquals(List.of("fd00:0:0:0:0:0:0:1"), texts(six.resolve("both.example")));
            assertEquals(List.of("both.example A", "both.example AAAA"), server.questions());
            assertThrows(UnknownHostException.class, () -> four.resolve("six.example"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "missing.example, missing.example: Name or service not known",
        "none.example, none.example: No address associated with hostname",
        "localhost, localhost: the local host is not inside the tunnel",
        "a..b, a..b: Name or service not known",
        "1.2.3.4.5, 1.2.3.4.5: invalid IPv4 address literal",
        "fd00:::1, fd00:::1: invalid IPv6 address literal",
    })
    void failsWithTheMessagesOfTheJdk(String host, String message) throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver = resolver(List.of(), server)) {
            UnknownHostException e =
                    assertThrows(UnknownHostException.class, () -> resolver.resolve(host));
            assertEquals(message, e.getMessage());
        }
    }

    /** With a search list, each of these would make a name if it were taken for a name. */
    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "x.localhost.", "10.0.0.9", "fd00::9", "1.2.3.4.5", "a b", ""})
    void neverAsksForWhatIsNoName(String host) throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver = resolver(List.of("corp.example"), server)) {
            try {
                assertEquals(
                        host.replace("::", ":0:0:0:0:0:0:"),
                        resolver.resolve(host)[0].getHostAddress());
            } catch (UnknownHostException e) {
                assertFalse(host.contains("9"), e::toString);
            }
            assertEquals(List.of(), server.asked());
        }
    }

    @Test
    void withoutServersNothingIsFound() {
        try (DnsResolver resolver = resolver(new DnsOptions(List.of(), List.of(), true, true))) {
            UnknownHostException e =
                    assertThrows(UnknownHostException.class, () -> resolver.resolve("db.example"));
            assertEquals("db.example: Temporary failure in name resolution", e.getMessage());
            assertTrue(trace(e).contains("no DNS server is configured"), () -> trace(e));
        }
    }

    @Test
    void searchListFirstForSingleLabels() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver =
                        resolver(options(List.of("lan", "corp.example"), true, false, server))) {
            assertEquals(List.of("10.0.0.5"), texts(resolver.resolve("db")));
            assertEquals(List.of("db.lan A", "db.corp.example A"), server.questions());
        }
    }

    @Test
    void searchListLastForNamesWithADot() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver =
                        resolver(options(List.of("corp.example"), true, false, server))) {
            assertEquals(List.of("10.0.0.6"), texts(resolver.resolve("deep.db")));
            assertEquals(List.of("deep.db A", "deep.db.corp.example A"), server.questions());
        }
    }

    @Test
    void noSearchForAbsoluteNames() throws IOException {
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver =
                        resolver(options(List.of("corp.example"), true, false, server))) {
            assertThrows(UnknownHostException.class, () -> resolver.resolve("db."));
            assertEquals(List.of("db A"), server.questions());
        }
    }

    /** Otherwise a name would mean another host while a server is down. */
    @Test
    void failureEndsTheSearch() throws IOException {
        try (DnsTestServer server =
                        new DnsTestServer((query, tcp) -> reply(query, DnsMessage.SERVER_FAILURE));
                DnsResolver resolver =
                        resolver(options(List.of("corp.example"), true, false, server))) {
            UnknownHostException e =
                    assertThrows(UnknownHostException.class, () -> resolver.resolve("db"));
            assertEquals("db: Temporary failure in name resolution", e.getMessage());
            assertTrue(trace(e).contains("answered with code 2"), () -> trace(e));
            assertEquals(List.of("db.corp.example A", "db.corp.example A"), server.questions());
        }
    }

    @Test
    void familiesOfOneNameBelongTogether() throws IOException {
        try (DnsTestServer server =
                        DnsTestServer.of(
                                Map.of(
                                        "db.one.example", List.of("10.0.0.1"),
                                        "db.two.example", List.of("fd00::2", "10.0.0.2")));
                DnsResolver resolver = resolver(List.of("one.example", "two.example"), server)) {
            assertEquals(List.of("10.0.0.1"), texts(resolver.resolve("db")));
        }
    }

    @Test
    void silentServerIsLeftForTheNext() throws IOException {
        try (DnsTestServer silent = new DnsTestServer((query, tcp) -> List.of());
                DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver =
                        resolver(
                                new DnsOptions(
                                        List.of(silent.address(), server.address()),
                                        List.of(),
                                        true,
                                        false,
                                        Duration.ofMillis(20),
                                        1))) {
            assertEquals(List.of("10.0.0.4"), texts(resolver.resolve("four.example")));
            assertEquals(1, silent.asked().size());
            // From now on the one that answered is asked first.
            resolver.resolve("both.example");
            assertEquals(1, silent.asked().size());
        }
    }

    /** ICMP says at once that nothing listens: five seconds would be wasted. */
    @Test
    void closedPortIsLeftAtOnce() throws IOException {
        int closedPort;
        try (DatagramSocket closed = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            closedPort = closed.getLocalPort();
        }
        try (DnsTestServer server = DnsTestServer.of(HOSTS);
                DnsResolver resolver =
                        resolver(
                                new DnsOptions(
                                        List.of(
                                                new InetSocketAddress(
                                                        InetAddress.getLoopbackAddress(),
                                                        closedPort),
                                                server.address()),
                                        List.of(),
                                        true,
                                        false,
                                        Duration.ofDays(1),
                                        1))) {
            assertEquals(List.of("10.0.0.4"), texts(resolver.resolve("four.example")));
        }
    }

    @Test
    void forgedAnswersDoNotCount() throws IOException {
        DnsTestServer.Script forger =
                (query, tcp) -> {
                    DnsMessage forged =
                            query.reply(0, List.of(a(query, "10.6.6.6", 600)), List.of());
                    byte[] wrongId = forged.write(512);
                    wrongId[0] ^= 1;
                    DnsMessage good = query.reply(0, List.of(a(query, "10.0.0.1", 600)), List.of());
                    return List.of(new byte[3], wrongId, good.write(512));
                };
        try (DnsTestServer server = new DnsTestServer(forger);
                DnsResolver resolver = resolver(options(List.of(), true, false, server))) {
            assertEquals(List.of("10.0.0.1"), texts(resolver.resolve("a.example")));
            assertEquals(1, server.asked().size());
        }
    }

    @Test
    void truncatedAnswerComesByTcp() throws IOException {
        List<String> many = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            many.add("10.0.0." + i);
        }
        try (DnsTestServer server = DnsTestServer.of(Map.of("many.example", many));
                DnsResolver resolver = resolver(options(List.of(), true, false, server))) {
            assertEquals(many, texts(resolver.resolve("many.example")));
            assertEquals(
                    List.of(false, true),
                    server.asked().stream().map(DnsTestServer.Asked::tcp).toList());
        }
    }

    @Test
    void aliasesThatTheServerDoesNotFollowAreAskedFor() throws IOException {
        DnsTestServer.Script script =
                (query, tcp) -> {
                    DnsName name = query.questions().getFirst().name();
                    String first = name.toString().substring(0, 1);
                    int step = Integer.parseInt(first);
                    DnsRecord answer =
                            step == 3
                                    ? a(query, "10.0.0.3", 600)
                                    : new DnsRecord.Alias(
                                            name, 60 - step, DnsName.of(step + 1 + ".example"));
                    return List.of(query.reply(0, List.of(answer), List.of()).write(512));
                };
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(options(List.of(), true, false, server))) {
            assertEquals(List.of("10.0.0.3"), texts(resolver.resolve("1.example")));
            assertEquals(List.of("1.example A", "2.example A", "3.example A"), server.questions());
            clock.addAndGet(TimeUnit.SECONDS.toNanos(58) - 1);
            resolver.resolve("1.example");
            assertEquals(3, server.asked().size());
            clock.incrementAndGet(); // the shortest TTL of the chain is over
            resolver.resolve("1.example");
            assertEquals(6, server.asked().size());
        }
    }

    @Test
    void endlessAliasesEnd() throws IOException {
        DnsTestServer.Script script =
                (query, tcp) -> {
                    DnsName name = query.questions().getFirst().name();
                    DnsRecord alias = new DnsRecord.Alias(name, 60, DnsName.of("x").plus(name));
                    return List.of(query.reply(0, List.of(alias), List.of()).write(512));
                };
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(options(List.of(), true, false, server))) {
            UnknownHostException e =
                    assertThrows(UnknownHostException.class, () -> resolver.resolve("a.example"));
            assertTrue(trace(e).contains("aliases in a row"), () -> trace(e));
            assertEquals(Answer.MAX_ALIASES, server.asked().size());
        }
    }

    @Test
    void answersAreKeptForTheirTime() throws IOException {
        DnsRecord.Soa soa =
                new DnsRecord.Soa(
                        DnsName.of("example"), 300, DnsName.ROOT, DnsName.ROOT, 1, 1, 1, 1, 30);
        DnsTestServer.Script script =
                (query, tcp) ->
                        List.of(
                                (query.questions().getFirst().name().toString().startsWith("no")
                                                ? query.reply(3, List.of(), List.of(soa))
                                                : query.reply(
                                                        0,
                                                        List.of(a(query, "10.0.0.1", 60)),
                                                        List.of()))
                                        .write(512));
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(options(List.of(), true, false, server))) {
            resolver.resolve("a.example");
            assertThrows(UnknownHostException.class, () -> resolver.resolve("no.example"));
            clock.addAndGet(TimeUnit.SECONDS.toNanos(30) - 1);
            resolver.resolve("A.Example.");
            assertThrows(UnknownHostException.class, () -> resolver.resolve("no.example"));
            assertEquals(2, server.asked().size());
            clock.incrementAndGet();
            assertThrows(UnknownHostException.class, () -> resolver.resolve("no.example"));
            assertEquals(3, server.asked().size());
            clock.addAndGet(TimeUnit.SECONDS.toNanos(30));
            resolver.resolve("a.example");
            assertEquals(4, server.asked().size());
        }
    }

    @Test
    void equalQuestionsAreAskedOnce() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        DnsTestServer.Script script =
                (query, tcp) -> {
                    asked.countDown();
                    go.await();
                    return List.of(
                            query.reply(0, List.of(a(query, "10.0.0.1", 0)), List.of()).write(512));
                };
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(options(List.of(), true, false, server));
                ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<DnsLookup> lookups = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                lookups.add(resolver.lookup(i % 2 == 0 ? "a.example" : "A.EXAMPLE"));
            }
            Callable<List<String>> resolve = () -> texts(resolver.resolve("a.example"));
            Future<List<String>> one = callers.submit(resolve);
            asked.await();
            go.countDown();
            for (DnsLookup lookup : lookups) {
                assertEquals(1, lookup.ipv4().get().size());
            }
            assertEquals(List.of("10.0.0.1"), one.get());
            assertTrue(server.asked().size() <= 2, () -> server.asked().toString());
            // Its TTL is 0: the next one asks again.
            int before = server.asked().size();
            resolver.resolve("a.example");
            assertEquals(before + 1, server.asked().size());
        }
    }

    /** The addresses of one family are there before the server answers for the other. */
    @Test
    void familiesArriveOneByOne() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        DnsTestServer.Script script =
                (query, tcp) -> {
                    boolean four = query.questions().getFirst().type() == DnsRecord.TYPE_A;
                    if (!four) {
                        go.await();
                    }
                    DnsRecord record = a(query, four ? "10.0.0.1" : "fd00::1", 60);
                    return List.of(query.reply(0, List.of(record), List.of()).write(512));
                };
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(List.of(), server)) {
            DnsLookup lookup = resolver.lookup("a.example");
            assertEquals(1, lookup.ipv4().get().size());
            assertFalse(lookup.ipv6().isDone());
            go.countDown();
            assertEquals(1, lookup.ipv6().get().size());
        }
    }

    /** Some servers do not answer questions for AAAA at all. */
    @Test
    void oneFamilyIsEnoughIfTheOtherIsSilent() throws Exception {
        DnsTestServer.Script script =
                (query, tcp) ->
                        query.questions().getFirst().type() == DnsRecord.TYPE_A
                                ? List.of(
                                        query.reply(0, List.of(a(query, "10.0.0.1", 60)), List.of())
                                                .write(512))
                                : List.of();
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver = resolver(List.of(), server)) {
            assertEquals(List.of("10.0.0.1"), texts(resolver.resolve("a.example")));
        }
    }

    /** Otherwise every lookup would wait a second for the missing family. */
    @Test
    void familyThatNeverAnswersIsNotAskedForEachTime() throws Exception {
        DnsTestServer.Script script =
                (query, tcp) ->
                        query.questions().getFirst().type() == DnsRecord.TYPE_A
                                ? List.of(
                                        query.reply(
                                                        0,
                                                        List.of(a(query, "10.0.0.1", 600)),
                                                        List.of())
                                                .write(512))
                                : List.of();
        try (DnsTestServer server = new DnsTestServer(script);
                DnsResolver resolver =
                        resolver(
                                new DnsOptions(
                                        List.of(server.address()),
                                        List.of(),
                                        true,
                                        true,
                                        Duration.ofMillis(20),
                                        1))) {
            resolver.lookup("a.example").ipv6().get();
            clock.addAndGet(TimeUnit.SECONDS.toNanos(60) - 1);
            resolver.lookup("a.example").ipv6().get();
            assertEquals(2, server.asked().size());
            clock.incrementAndGet();
            resolver.lookup("a.example").ipv6().get();
            assertEquals(3, server.asked().size());
        }
    }

    @Test
    void timeIsLimited() throws IOException {
        try (DnsTestServer silent = new DnsTestServer((query, tcp) -> List.of());
                DnsResolver resolver = resolver(List.of(), silent)) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> resolver.resolve("a.example", Duration.ofMillis(1)));
        }
    }

    @Test
    void interruptEndsTheWait() throws IOException {
        try (DnsTestServer silent = new DnsTestServer((query, tcp) -> List.of());
                DnsResolver resolver = resolver(List.of(), silent)) {
            Thread.currentThread().interrupt();
            assertThrows(UnknownHostException.class, () -> resolver.resolve("a.example"));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void closeEndsAllQuestions() throws Exception {
        CountDownLatch asked = new CountDownLatch(2);
        DnsTestServer.Script silence =
                (query, tcp) -> {
                    asked.countDown();
                    return List.of();
                };
        try (DnsTestServer silent = new DnsTestServer(silence)) {
            DnsOptions options =
                    new DnsOptions(
                            List.of(silent.address()),
                            List.of(),
                            true,
                            true,
                            Duration.ofDays(1),
                            2);
            DnsResolver resolver = resolver(options);
            DnsLookup lookup = resolver.lookup("a.example");
            asked.await();
            resolver.close();
            assertThrows(
                    UnknownHostException.class,
                    () -> lookup.await("a.example", Duration.ofSeconds(50)));
            UnknownHostException e =
                    assertThrows(UnknownHostException.class, () -> resolver.resolve("b.example"));
            assertTrue(trace(e).contains("the resolver is closed"), () -> trace(e));
        }
    }

    private DnsResolver resolver(List<String> search, DnsTestServer server) {
        return resolver(options(search, true, true, server));
    }

    private DnsResolver resolver(DnsOptions options) {
        return new DnsResolver(options, DnsTestServer.sockets(), new SecureRandom(), clock::get);
    }

    private static DnsOptions options(
            List<String> search, boolean ipv4, boolean ipv6, DnsTestServer server) {
        return new DnsOptions(List.of(server.address()), search, ipv4, ipv6);
    }

    private static List<byte[]> reply(DnsMessage query, int code) {
        return List.of(query.reply(code, List.of(), List.of()).write(512));
    }

    private static DnsRecord a(DnsMessage query, String address, long ttl) {
        return new DnsRecord.Address(
                query.questions().getFirst().name(), ttl, InetAddress.ofLiteral(address));
    }

    private static List<String> texts(InetAddress[] addresses) {
        return Arrays.stream(addresses).map(InetAddress::getHostAddress).toList();
    }

    private static String trace(Throwable e) {
        StringBuilder trace = new StringBuilder();
        for (Throwable t = e; t != null; t = t.getCause()) {
            trace.append(t).append('\n');
        }
        return trace.toString();
    }
}
