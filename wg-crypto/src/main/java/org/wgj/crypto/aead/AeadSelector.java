// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.TransportAead;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.aead.engine.CipherAead;
import org.wgj.crypto.aead.engine.ScalarAead;
import org.wgj.crypto.aead.engine.VectorAead;
import org.wgj.crypto.aead.parallel.ParallelAead;
import org.wgj.crypto.aead.parallel.WorkerCount;
import org.wgj.crypto.aead.parallel.WorkerPool;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which engine transport data gets.
 *
 * <p>Vectors are by far the quickest once compiled, and by far the slowest before: a first packet
 * takes some 100 ms, and it takes seconds until the compiler is through. To ask for the timing at
 * once would delay the start and get the wrong answer. So the Cipher, most of which is ready-made
 * machine code, begins, and once it is worth it a thread beside makes the candidates run {@link
 * AeadSpeedTest}s: with known answers, until they are compiled. One that gives a single wrong
 * answer is out. The quickest then takes over, if it is quicker than the Cipher.
 *
 * <p>Where vectors have 256 bits or more they are the only candidate. Where they are narrower or
 * missing it is the plain engine too: for short packets it is the better one.
 */
public final class AeadSelector {
    static final String PROPERTY = "wgj.aead";

    private static TransportAead best; // chosen when first asked for

    private AeadSelector() {}

    /** See {@link TransportAead#best}. */
    public static synchronized TransportAead best() {
        if (best == null) {
            int count = WorkerCount.chosen();
            TransportAead engine = choose();
            best = count == 0 ? engine : new ParallelAead(engine, new WorkerPool(count));
        }
        return best;
    }

    /** By the property. */
    static TransportAead choose() {
        return choose(System.getProperty(PROPERTY));
    }

    /**
     * @param name null for the quickest
     */
    static TransportAead choose(String name) {
        if (name != null) {
            return named(name);
        }
        return new AdaptiveAead(
                CipherAead.INSTANCE, () -> quickest(CipherAead.INSTANCE, candidates()));
    }

    private static TransportAead named(String name) {
        return switch (name) {
            case "scalar" -> ScalarAead.INSTANCE;
            case "cipher" -> CipherAead.INSTANCE;
            case "vector128", "vector256", "vector512" -> {
                if (!hasVectors()) {
                    throw new IllegalArgumentException(
                            PROPERTY
                                    + "="
                                    + name
                                    + " needs the JVM option --add-modules jdk.incubator.vector");
                }
                yield VectorAead.of(Integer.parseInt(name.substring("vector".length())));
            }
            default ->
                    throw new IllegalArgumentException(
                            PROPERTY
                                    + " is vector512, vector256, vector128, scalar or cipher, not "
                                    + name);
        };
    }

    private static boolean hasVectors() {
        Optional<Module> vectors = ModuleLayer.boot().findModule("jdk.incubator.vector");
        vectors.ifPresent(AeadSelector.class.getModule()::addReads);
        return vectors.isPresent();
    }

    private static List<AeadEngine> candidates() {
        List<AeadEngine> candidates = new ArrayList<>();
        int bits = hasVectors() ? VectorAead.preferredBits() : 0;
        if (bits >= 128) {
            candidates.add(VectorAead.of(bits));
        }
        if (bits < 256) {
            candidates.add(ScalarAead.INSTANCE);
        }
        return candidates;
    }

    static AeadEngine quickest(AeadEngine first, List<AeadEngine> candidates) {
        AeadEngine best = first;
        for (AeadEngine candidate : candidates) {
            if (AeadSpeedTest.wins(candidate, best)) {
                best = candidate;
            }
        }
        return best;
    }
}
