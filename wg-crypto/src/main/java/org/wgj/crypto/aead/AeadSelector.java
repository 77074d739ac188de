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

/**
 * Chooses the engine for transport data, by name or by speed.
 *
 * <p>A vector engine is by far the fastest once it is compiled, and by far the slowest before: a
 * first packet takes some 100 ms, and compilation takes seconds. So the JDK's ChaCha20, which is
 * precompiled machine code, starts with our plain Poly1305, which is compiled in a tenth of a
 * second. Once there has been enough traffic to make it worthwhile, {@link AeadSpeedTest} gets the
 * vectors compiled. Each answer is compared with a known one; a candidate that gives a single wrong
 * answer is rejected. It takes over as soon as it is faster.
 */
public final class AeadSelector {
    private static final String VECTOR = "vector";
    private static final List<String> VECTOR_NAMES = List.of("vector512", "vector256", "vector128");

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
        if (VectorModule.isAvailable()) {
            names.addAll(VECTOR_NAMES);
        }
        names.add("stream");
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
        return new AdaptiveAead(CipherAead.STREAM, () -> faster(CipherAead.STREAM));
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
            case "cipher" -> CipherAead.CIPHER;
            case "stream" -> CipherAead.STREAM;
            default -> ENGINES.computeIfAbsent(name, AeadSelector::vectorEngine);
        };
    }

    private static AeadEngine vectorEngine(String name) {
        VectorModule.load();
        return VectorAead.of(Integer.parseInt(name.substring(VECTOR.length())));
    }

    /** Returns the engine with vectors if it is faster than another one. May take half a minute. */
    private static Optional<AeadEngine> faster(AeadEngine current) {
        if (!CryptoProperties.vectors() || !VectorModule.isAvailable()) {
            return Optional.empty();
        }
        try {
            VectorModule.load();
            int bits = VectorAead.preferredBits();
            return bits < 128 ? Optional.empty() : faster(current, engine(VECTOR + bits));
        } catch (IllegalStateException | LinkageError e) {
            return Optional.empty(); // this JDK does not let us have them
        }
    }

    /** Returns the candidate if it is faster than the current engine and makes no mistake. */
    static Optional<AeadEngine> faster(AeadEngine current, AeadEngine candidate) {
        return AeadSpeedTest.isFaster(candidate, current)
                ? Optional.of(candidate)
                : Optional.empty();
    }
}
