// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.flood;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Child;
import org.wgj.benchmarks.lab.Spread;
import org.wgj.crypto.PrivateKey;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One attack on one implementation, from before to after.
 *
 * @param perSecond datagrams that were really sent
 * @param answersPerSecond that the attacker got
 * @param newcomerSeconds of those new peers that got a session while the attack lasted
 * @param megabytesBefore resident
 * @param drops counted by the victim meanwhile; empty if it does not count
 */
record Engagement(
        Attack attack,
        Carrier implementation,
        double perSecond,
        double answersPerSecond,
        Phase before,
        Phase during,
        Phase after,
        List<Double> newcomerSeconds,
        double megabytesBefore,
        double megabytesAfter,
        Map<String, Long> drops) {
    static final int NEWCOMERS = 4;

    /** Two retransmissions, one of them with a cookie, and some delay. */
    private static final int PATIENCE_SECONDS = 20;

    static Engagement run(Field field, Carrier implementation, Attack attack, Settings settings)
            throws IOException {
        int seconds = settings.seconds();
        double megabytesBefore = field.tunnel().farDaemon().residentMegabytes();
        Map<String, Long> dropsBefore = drops(field, implementation);
        Phase before = Phase.run(field.tunnel(), seconds, settings.megabits());
        List<PrivateKey> keys = Stream.generate(PrivateKey::generate).limit(NEWCOMERS).toList();
        for (int i = 0; i < NEWCOMERS; i++) {
            field.addPeer(keys.get(i), "10.0.1.%d/32".formatted(i));
        }
        try (Child flooder = flooder(field, attack, settings);
                Child newcomers = newcomers(field, keys)) {
            flooder.await("firing");
            newcomers.endInput();
            Phase during = Phase.run(field.tunnel(), 2 * seconds, settings.megabits());
            List<Double> in = newcomers.finish().stream().map(Double::valueOf).toList();
            String[] sent = flooder.finish().getLast().split(" ");
            double flooded = Double.parseDouble(sent[2]) / 1e9;
            Phase after = Phase.run(field.tunnel(), seconds, settings.megabits());
            Map<String, Long> drops = drops(field, implementation);
            dropsBefore.forEach((reason, count) -> drops.merge(reason, -count, Long::sum));
            drops.values().removeIf(count -> count == 0);
            return new Engagement(
                    attack,
                    implementation,
                    Double.parseDouble(sent[0]) / flooded,
                    Double.parseDouble(sent[1]) / flooded,
                    before,
                    during,
                    after,
                    in,
                    megabytesBefore,
                    field.tunnel().farDaemon().residentMegabytes(),
                    drops);
        } finally {
            for (PrivateKey key : keys) {
                field.removePeer(key);
            }
        }
    }

    private static Child flooder(Field field, Attack attack, Settings settings) throws IOException {
        return new Child(
                field.attacker(),
                2 * settings.seconds() + 3 * PATIENCE_SECONDS,
                Flooder.class,
                "%s %d %s %d"
                        .formatted(
                                attack.key(),
                                attack.perSecond(settings.perSecond()),
                                field.victimKey(),
                                field.receiverIndex()),
                List.of(field.accomplice().toBase64()));
    }

    /** They begin when their input ends, their JVM having started by then. */
    private static Child newcomers(Field field, List<PrivateKey> keys) throws IOException {
        return new Child(
                field.near(),
                3 * PATIENCE_SECONDS,
                Newcomers.class,
                "%s 192.0.2.2 %d".formatted(field.victimKey(), PATIENCE_SECONDS),
                keys.stream().map(PrivateKey::toBase64).toList());
    }

    private static Map<String, Long> drops(Field field, Carrier implementation) throws IOException {
        return implementation == Carrier.WGJ ? field.tunnel().farDaemon().drops() : new TreeMap<>();
    }

    boolean allIn() {
        return newcomerSeconds.size() == NEWCOMERS;
    }

    double newcomerMedian() {
        return newcomerSeconds.isEmpty()
                ? Double.POSITIVE_INFINITY
                : Spread.of(newcomerSeconds.stream().mapToDouble(Double::doubleValue).toArray())
                        .median();
    }

    double grownMegabytes() {
        return megabytesAfter - megabytesBefore;
    }
}
