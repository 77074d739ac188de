// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredDaemon;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.benchmarks.lab.Spread;
import org.wgj.lab.Host;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;

/**
 * The first seconds of new daemons. Each timeline gets daemons of its own; its stream begins as
 * soon as both have answered a ping, so it competes with the work that a daemon still does for its
 * start.
 */
final class ColdStart {
    private static final int FIRST_SECONDS = 3;
    private static final int NEXT_SECONDS = 5;
    private static final int IDLE_SECONDS = 3;

    /** The part of the warm speed that counts as full speed. */
    private static final double FULL = 0.9;

    /** The private key of a daemon; any 32 bytes are one. */
    private static final String KEY = "11".repeat(32);

    private final List<ColdPair> pairs;
    private final int seconds;
    private final Consumer<Results.Sample> progress;
    private final Results results = new Results();
    private final Map<ColdPair, List<double[]>> timelines = new EnumMap<>(ColdPair.class);

    /**
     * @param measured the implementations of this run
     * @param seconds the length of a timeline; figures over more seconds are left out
     * @param progress is told each figure
     */
    ColdStart(List<Carrier> measured, int seconds, Consumer<Results.Sample> progress) {
        this.seconds = seconds;
        this.progress = progress;
        pairs =
                Arrays.stream(ColdPair.values())
                        .filter(pair -> measured.contains(pair.sender()))
                        .filter(pair -> measured.contains(pair.receiver()))
                        .toList();
    }

    List<ColdPair> pairs() {
        return pairs;
    }

    Results results() {
        return results;
    }

    /** Measures a pair once. */
    void measure(int round, ColdPair pair) throws IOException {
        timeline(round, pair);
        if (pair.isUniform()) {
            afterIdling(round, pair);
            setKey(round, pair);
        }
    }

    private void timeline(int round, ColdPair pair) throws IOException {
        double[] perSecond;
        try (MeasuredTunnel tunnel = MeasuredTunnel.open(pair.sender(), pair.receiver(), "")) {
            perSecond = Iperf.perSecond(tunnel, MeasuredTunnel.FAR_4, seconds);
        }
        add(round, pair, perSecond);
    }

    /** Keeps a timeline, in Gbit/s for each second, and the figures that follow from it alone. */
    void add(int round, ColdPair pair, double[] perSecond) {
        timelines.computeIfAbsent(pair, any -> new ArrayList<>()).add(perSecond);
        add(round, ColdFigure.FIRST_3, pair, mean(perSecond, 0, FIRST_SECONDS));
        add(
                round,
                ColdFigure.NEXT_5,
                pair,
                mean(perSecond, FIRST_SECONDS, FIRST_SECONDS + NEXT_SECONDS));
    }

    private static double mean(double[] values, int from, int to) {
        return values.length < to
                ? Double.NaN
                : Arrays.stream(values, from, to).average().orElseThrow();
    }

    private void afterIdling(int round, ColdPair pair) throws IOException {
        try (MeasuredTunnel tunnel = MeasuredTunnel.open(pair.sender(), pair.receiver(), "")) {
            sleep(IDLE_SECONDS);
            double[] perSecond = Iperf.perSecond(tunnel, MeasuredTunnel.FAR_4, 1);
            add(round, ColdFigure.AFTER_IDLING, pair, mean(perSecond, 0, 1));
        }
    }

    private void setKey(int round, ColdPair pair) throws IOException {
        try (Host host = new Host("start")) {
            MeasuredDaemon daemon = MeasuredDaemon.start(host, pair.sender());
            add(round, ColdFigure.SET_KEY, pair, daemon.milliseconds("set=1\nprivate_key=" + KEY));
        }
    }

    /**
     * Starts a daemon of each implementation, which then has no traffic, and takes its processor
     * time after a while. They run side by side: idle daemons leave each other the processors.
     */
    void idle(int afterSeconds) throws IOException {
        List<ColdPair> uniform = pairs.stream().filter(ColdPair::isUniform).toList();
        Map<ColdPair, MeasuredDaemon> daemons = new EnumMap<>(ColdPair.class);
        List<Host> hosts = new ArrayList<>();
        try {
            for (ColdPair pair : uniform) {
                hosts.add(new Host("start"));
                daemons.put(pair, MeasuredDaemon.start(hosts.getLast(), pair.sender()));
            }
            sleep(afterSeconds);
            for (ColdPair pair : uniform) {
                add(1, ColdFigure.IDLE_CPU, pair, daemons.get(pair).cpuSeconds());
            }
        } finally {
            hosts.forEach(Host::close);
        }
    }

    /**
     * Adds when full speed was reached, now that it is known what that is. A timeline that never
     * reached it counts with its length.
     *
     * @param warm figures of warm tunnels
     */
    void compareWith(Results warm) {
        for (ColdPair pair : pairs) {
            if (pair.isUniform()) {
                warm.of(Figure.TCP_1, pair.sender())
                        .ifPresent(speed -> addFullSpeed(pair, FULL * speed.median()));
            }
        }
    }

    private void addFullSpeed(ColdPair pair, double wanted) {
        int round = 1;
        for (double[] timeline : timelines.getOrDefault(pair, List.of())) {
            int second = 0;
            while (second < timeline.length && timeline[second] < wanted) {
                second++;
            }
            add(round++, ColdFigure.FULL_SPEED, pair, second);
        }
    }

    private void add(int round, ColdFigure figure, ColdPair pair, double value) {
        Results.Sample sample = new Results.Sample(round, figure, pair, value);
        results.add(sample);
        progress.accept(sample);
    }

    /** The length of the timelines in seconds. */
    int seconds() {
        return seconds;
    }

    /** The median over all rounds of one second, counted from 0, in Gbit/s. */
    OptionalDouble median(ColdPair pair, int second) {
        double[] values =
                timelines.getOrDefault(pair, List.of()).stream()
                        .filter(timeline -> second < timeline.length)
                        .mapToDouble(timeline -> timeline[second])
                        .toArray();
        return values.length == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(Spread.of(values).median());
    }

    private static void sleep(int seconds) throws IOException {
        try {
            Thread.sleep(seconds * 1_000L);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while daemons were idle", e);
        }
    }
}
