// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.twins;

import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.emulator.PacketEndpoint;
import org.wgj.netstack.emulator.PacketTrace;
import org.wgj.netstack.emulator.StackEndpoint;
import org.wgj.netstack.emulator.TcpInvariants;
import org.wgj.netstack.emulator.TestStacks;
import org.wgj.netstack.stack.NetStack;
import org.wgj.netstack.stack.StackOptions;
import org.wgj.netstack.tcp.LayerChecks;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpLimits;
import org.wgj.netstack.tcp.TcpListener;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.tcp.congestion.CongestionRule;
import org.wgj.netstack.twins.TwinSide.Closing;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;

/** One random run of two stacks: everything follows from the seed. */
final class TwinRun {
    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;

    /** A send buffer of a few bytes moves them in a round trip, or in a retransmission timeout. */
    private static final long LIMIT = 4 * 3_600 * SECOND;

    private static final int PORT = 7000;

    private static final class Pair {
        TwinSide opener;
        TwinSide acceptor;
        boolean clean;
        long openerBytes;
        long acceptorBytes;
        Closing openerClosing;
        Closing acceptorClosing;
        TcpOptions openerOptions;
        long seed;
    }

    private final long seed;
    private final SplittableRandom random;
    private final NetStack left;
    private final NetStack right;
    private final EmulatedLink link;
    private final TcpInvariants invariants;
    private final List<LayerChecks> checks;
    private final List<Pair> pairs = new ArrayList<>();
    private final List<Pair> waiting = new ArrayList<>();
    private final String description;
    private final TcpOptions acceptorOptions;
    private TcpListener listener;

    TwinRun(long seed) {
        this.seed = seed;
        random = new SplittableRandom(seed);
        boolean ipv6 = random.nextBoolean();
        int mtu = random.nextInt(3) == 0 ? 1280 + random.nextInt(200) : TestStacks.MTU;
        IpAddress leftAddress = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
        IpAddress rightAddress = IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
        SplittableRandom budgets = new SplittableRandom(~seed);
        left = TestStacks.make(options(mtu, budgets), new Random(seed), leftAddress);
        right = TestStacks.make(options(mtu, budgets), new Random(~seed), rightAddress);
        LinkConditions toRight = conditions();
        LinkConditions toLeft = random.nextBoolean() ? toRight : conditions();
        description =
                "seed %d %s %s, budgets %d and %d"
                        .formatted(
                                seed,
                                toRight,
                                toLeft,
                                left.tcp().pool().budget(),
                                right.tcp().pool().budget());
        link =
                new EmulatedLink(
                        new StackEndpoint(left), new StackEndpoint(right), toRight, toLeft, seed);
        invariants = new TcpInvariants().mtu(mtu, mtu);
        link.observe(invariants);
        if (Boolean.getBoolean("twins.trace")) {
            link.observe(new PacketTrace(System.out));
        }
        if (random.nextInt(4) == 0) {
            for (int i = 1; i <= 20; i++) { // everything is lost for a moment
                link.after(i * 3 * SECOND, () -> link.toRight().set(toRight.loss(1)));
                link.after(i * 3 * SECOND + 400 * MS, () -> link.toRight().set(toRight));
            }
        }
        acceptorOptions = options();
        listen();
        int count = 1 + (random.nextInt(3) == 0 ? random.nextInt(8) : 0);
        for (int i = 0; i < count; i++) {
            Pair pair = pair(i);
            pairs.add(pair);
            link.after(random.nextLong(SECOND), () -> open(pair, rightAddress));
        }
        checks = List.of(new LayerChecks(left.tcp(), count), new LayerChecks(right.tcp(), count));
    }

    /** A fourth of the stacks has less memory than its connections would like. */
    private static StackOptions options(int mtu, SplittableRandom random) {
        StackOptions options = StackOptions.DEFAULT.withMtu(mtu);
        return random.nextInt(4) == 0
                ? options.withTcpLimits(
                        TcpLimits.DEFAULT.withMemory(random.nextLong(1 << random.nextInt(15, 21))))
                : options;
    }

    private LinkConditions conditions() {
        long delay = random.nextInt(3) == 0 ? random.nextLong(100 * MS) : random.nextLong(5 * MS);
        LinkConditions link = LinkConditions.delay(delay);
        if (random.nextInt(3) > 0) {
            link = link.loss(random.nextDouble() * 0.1);
        }
        switch (random.nextInt(4)) {
            case 0 -> link = link.reordering(random.nextDouble() * 0.3, random.nextLong(30 * MS));
            case 1 -> link = link.reorderingJitter(random.nextLong(20 * MS));
            case 2 -> link = link.jitter(random.nextLong(50 * MS));
            default -> {}
        }
        if (random.nextInt(3) == 0) {
            link = link.duplicating(random.nextDouble() * 0.2);
        }
        if (random.nextInt(4) == 0) {
            link = link.corrupting(random.nextDouble() * 0.02);
        }
        if (random.nextInt(3) == 0) {
            long rate = 100_000L << random.nextInt(14);
            link =
                    random.nextBoolean()
                            ? link.rate(rate, 3_000 + random.nextInt(200_000))
                            : link.ratePackets(rate, 4 + random.nextInt(100));
        }
        return link;
    }

    private TcpOptions options() {
        return TcpOptions.DEFAULT
                .withNoDelay(random.nextBoolean())
                .withCongestion(
                        random.nextBoolean() ? CongestionRule.NEW_RENO : CongestionRule.CUBIC)
                .withBuffers(buffer(), buffer());
    }

    private int buffer() {
        return switch (random.nextInt(4)) {
            case 0 -> 1 + random.nextInt(3_000);
            case 1 -> 3_000 + random.nextInt(100_000);
            default -> 0;
        };
    }

    private Pair pair(int number) {
        Pair pair = new Pair();
        pair.seed = random.nextLong();
        pair.openerOptions = options();
        // A window of a few bytes moves a few bytes in a round trip: such streams are short.
        long most = 200L * Math.min(smallest(pair.openerOptions), smallest(acceptorOptions));
        pair.openerBytes = Math.min(most, bytes());
        pair.acceptorBytes = Math.min(most, bytes());
        pair.clean = random.nextInt(5) > 0;
        if (pair.clean) {
            int order = random.nextInt(3);
            pair.openerClosing = order == 1 ? Closing.LATE : Closing.EARLY;
            pair.acceptorClosing = order == 2 ? Closing.LATE : Closing.EARLY;
        } else {
            Closing abrupt = random.nextBoolean() ? Closing.ABORT : Closing.ABRUPT_CLOSE;
            boolean opener = random.nextBoolean();
            pair.openerClosing = opener ? abrupt : Closing.EARLY;
            pair.acceptorClosing = opener ? Closing.EARLY : abrupt;
        }
        return pair;
    }

    private static long smallest(TcpOptions options) {
        long receive = options.receiveBuffer() == 0 ? 1 << 20 : options.receiveBuffer();
        long send = options.sendBuffer() == 0 ? 1 << 20 : options.sendBuffer();
        return Math.min(receive, send);
    }

    private long bytes() {
        return switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> random.nextLong(100);
            case 2 -> random.nextLong(10_000);
            default -> random.nextLong(300_000);
        };
    }

    private void listen() {
        try {
            listener = right.tcp().listen(null, PORT, 64, acceptorOptions, this::accept);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private void open(Pair pair, IpAddress remote) {
        pair.opener =
                new TwinSide(
                        link,
                        random.split(),
                        pair.seed,
                        ~pair.seed,
                        pair.openerBytes,
                        pair.openerClosing);
        waiting.add(pair);
        try {
            pair.opener.connection =
                    left.tcp()
                            .connect(
                                    null,
                                    0,
                                    remote,
                                    PORT,
                                    pair.openerOptions,
                                    pair.opener,
                                    link.nowNs());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        pair.opener.begin();
    }

    private boolean accept(TcpConnection connection) {
        Pair pair =
                waiting.stream()
                        .filter(p -> p.opener.connection.localPort() == connection.remotePort())
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("accepted twice"));
        waiting.remove(pair);
        pair.acceptor =
                new TwinSide(
                        link,
                        random.split(),
                        ~pair.seed,
                        pair.seed,
                        pair.acceptorBytes,
                        pair.acceptorClosing);
        pair.acceptor.connection = connection;
        connection.setHandler(pair.acceptor);
        listener.accepted();
        link.after(0, pair.acceptor::begin);
        return true;
    }

    /** Runs to the end and checks what is left; returns how many packets were checked. */
    long play() {
        try {
            boolean all = link.runUntil(this::allEnded, EmulatedLink.START_NS + LIMIT);
            if (!all) {
                throw new AssertionError("not all ended");
            }
            for (Pair pair : pairs) {
                try {
                    check(pair);
                } catch (AssertionError e) {
                    throw new AssertionError(pair.opener + " | " + pair.acceptor + ": " + e, e);
                }
            }
            if (!link.runUntil(this::isQuiet, link.nowNs() + 600 * SECOND)) {
                throw new AssertionError("a timer lives on");
            }
            TestStacks.checkEmpty(left);
            TestStacks.checkEmpty(right);
            equal(0, LayerChecks.halfOpen(listener), "half-open connections");
            return invariants.checked();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(description + " " + describe() + ": " + e.getMessage(), e);
        }
    }

    private boolean isQuiet() {
        checks.forEach(LayerChecks::check);
        return link.nextEventNs() == PacketEndpoint.NEVER;
    }

    private boolean allEnded() {
        checks.forEach(LayerChecks::check);
        for (Pair pair : pairs) {
            if (!hasEnded(pair, pair.opener) || !hasEnded(pair, pair.acceptor)) {
                return false;
            }
        }
        return true;
    }

    /** The RST of an abrupt end can get lost; who only waits for more never hears of it. */
    private boolean hasEnded(Pair pair, TwinSide side) {
        if (side == null) {
            return !pair.clean && pair.opener != null && pair.opener.ended;
        }
        boolean abandoned = pair.opener.ended || pair.acceptor != null && pair.acceptor.ended;
        if (!side.ended
                && !pair.clean
                && abandoned
                && link.nowNs() > EmulatedLink.START_NS + LIMIT / 2) {
            side.connection.abort(link.nowNs());
        }
        return side.ended;
    }

    private void check(Pair pair) {
        if (!pair.clean) {
            return; // what was read was right, and both ended
        }
        equal(null, pair.opener.failure, "the opener's failure");
        equal(null, pair.acceptor.failure, "the acceptor's failure");
        equal(pair.openerBytes, pair.acceptor.read, "bytes read by the acceptor");
        equal(pair.acceptorBytes, pair.opener.read, "bytes read by the opener");
        equal(true, pair.opener.endRead && pair.acceptor.endRead, "ends read");
    }

    private static void equal(Object expected, Object actual, String what) {
        if (!java.util.Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", but was " + actual);
        }
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Pair pair : pairs) {
            if (pair.opener == null
                    || !pair.opener.ended
                    || pair.acceptor == null
                    || !pair.acceptor.ended) {
                text.append('[')
                        .append(pair.opener)
                        .append(" | ")
                        .append(pair.acceptor)
                        .append(']');
            }
        }
        return text.toString();
    }

    long seed() {
        return seed;
    }
}
