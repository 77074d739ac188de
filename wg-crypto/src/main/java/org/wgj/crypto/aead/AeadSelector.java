// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.TransportAead;
import org.wgj.crypto.aead.engine.AeadEngine;
import org.wgj.crypto.aead.engine.CipherAead;
import org.wgj.crypto.aead.engine.ScalarAead;
import org.wgj.crypto.aead.engine.VectorAead;
import org.wgj.crypto.aead.parallel.ParallelAead;
import org.wgj.crypto.aead.parallel.WorkerPool;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Chooses the engine for transport data, by name or by speed.
 *
 * <p>A vector engine is by far the fastest once it is compiled, and by far the slowest before: a
 * first packet takes some 100 ms, and compilation takes seconds. Timing the engines at start would
 * delay the start and give the wrong answer. So the Cipher starts, most of which is precompiled
 * machine code. Once there is enough traffic to make it worthwhile, a thread of its own runs {@link
 * AeadSpeedTest}s, whose rounds get the candidates compiled. Each answer is compared with a known
 * one; a candidate that gives a single wrong answer is rejected. A candidate takes over as soon as
 * it is faster than the engine before it.
 *
 * <p>The first candidate uses vectors for ChaCha20 alone: the compiler needs a fifth of the time
 * for it, and it is half as fast again as the Cipher. The second one uses vectors for everything.
 * If vectors have fewer than 256 bits or are missing, the plain engine is a candidate too: it is
 * the better one for short packets.
 */
public final class AeadSelector {
    private static final String VECTOR = "vector";
    private static final String MIXED = "mixed";
    private static final List<String> VECTOR_NAMES =
            List.of("vector512", "vector256", "vector128", "mixed512", "mixed256", "mixed128");

    // All guarded by the class.
    private static final Map<String, AeadEngine> ENGINES = new HashMap<>();
    private static final Map<String, TransportAead> NAMED = new HashMap<>();
    private static WorkerPool pool; // null until an engine with workers is asked for
    private static TransportAead best; // null until asked for

    private AeadSelector() {}

    /**
     * Returns the engine that the system properties choose.
     *
     * @return see {@link TransportAead#best}
     */
    public static synchronized TransportAead best() {
        if (best == null) {
            String name = CryptoProperties.aeadOrNull();
            best = name == null ? withWorkers(adaptive()) : namedByProperty(name);
        }
        return best;
    }

    /**
     * Returns the engine of a name.
     *
     * @param name see {@link TransportAead#named}
     * @return see {@link TransportAead#named}
     */
    public static synchronized TransportAead named(String name) {
        AeadEngine engine = engine(Objects.requireNonNull(name, "name"));
        return NAMED.computeIfAbsent(name, any -> withWorkers(engine));
    }

    /**
     * Returns the names of the engines that this JVM can run.
     *
     * @return see {@link TransportAead#available}
     */
    public static List<String> available() {
        List<String> names = new ArrayList<>();
        if (hasVectors()) {
            names.addAll(VECTOR_NAMES);
        }
        names.add("scalar");
        names.add("cipher");
        return List.copyOf(names);
    }

    private static TransportAead namedByProperty(String name) {
        try {
            engine(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(CryptoProperties.AEAD + ": " + e.getMessage(), e);
        }
        return named(name);
    }

    private static TransportAead withWorkers(AeadEngine engine) {
        int count = CryptoProperties.workers();
        if (count == 0) {
            return engine;
        }
        if (pool == null) {
            pool = new WorkerPool(count);
        }
        return new ParallelAead(engine, pool);
    }

    private static AeadEngine adaptive() {
        return new AdaptiveAead(
                CipherAead.INSTANCE,
                aead ->
                        search(
                                CipherAead.INSTANCE,
                                candidates(),
                                aead::takeOver,
                                aead::awaitPause));
    }

    /** Returns the engine of that name without workers, always the same object. */
    static synchronized AeadEngine engine(String name) {
        boolean known = VECTOR_NAMES.contains(name);
        if (!available().contains(name)) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + (known
                                    ? "' needs the JVM option --add-modules jdk.incubator.vector"
                                    : "' is not the name of an AEAD implementation")
                            + "; this JVM can run "
                            + String.join(", ", available()));
        }
        return switch (name) {
            case "scalar" -> ScalarAead.INSTANCE;
            case "cipher" -> CipherAead.INSTANCE;
            default -> ENGINES.computeIfAbsent(name, AeadSelector::vectorEngine);
        };
    }

    private static AeadEngine vectorEngine(String name) {
        return name.startsWith(MIXED)
                ? VectorAead.mixed(Integer.parseInt(name.substring(MIXED.length())))
                : VectorAead.of(Integer.parseInt(name.substring(VECTOR.length())));
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
            candidates.add(engine(MIXED + bits));
            candidates.add(engine(VECTOR + bits));
        }
        if (bits < 256) {
            candidates.add(ScalarAead.INSTANCE);
        }
        return candidates;
    }

    /**
     * Tells each candidate that is faster than the first engine and the candidates before it. May
     * take a minute.
     *
     * @param pause runs between two candidates
     */
    static void search(
            AeadEngine first,
            List<AeadEngine> candidates,
            Consumer<AeadEngine> found,
            Runnable pause) {
        AeadEngine best = first;
        for (AeadEngine candidate : candidates) {
            if (candidate != candidates.getFirst()) {
                pause.run();
            }
            if (AeadSpeedTest.isFaster(candidate, best)) {
                best = candidate;
                found.accept(best);
            }
        }
    }
}
