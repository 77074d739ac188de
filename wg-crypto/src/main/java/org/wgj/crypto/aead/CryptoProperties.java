// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import org.wgj.crypto.aead.parallel.WorkerCount;

/**
 * The system properties of this module, read when they are asked for. No other class reads any.
 * Programs use {@link org.wgj.crypto.TransportAead#named} or these; the command line has only
 * these.
 */
final class CryptoProperties {
    /** The name of the engine for transport data. By default the fastest, after a while. */
    static final String AEAD = "wgj.aead";

    /**
     * The number of threads that help with large batches: 0 to 64. By default none below four
     * processors, otherwise half of the processors, at most 8.
     */
    static final String WORKERS = "wgj.workers";

    /** "off" leaves the JVM without vectors, as a training run must be for its cache. */
    private static final String VECTORS = "wgj.vectors";

    private CryptoProperties() {}

    /** Returns the name of an engine, which may not exist; null for the default. */
    static String aeadOrNull() {
        return System.getProperty(AEAD);
    }

    /** Returns false if vectors shall not be loaded to look for a faster engine. */
    static boolean vectors() {
        return !"off".equals(System.getProperty(VECTORS));
    }

    /**
     * Returns the number of workers for this JVM.
     *
     * @throws IllegalArgumentException if the property is not a whole number from 0 to 64
     */
    static int workers() {
        try {
            return WorkerCount.of(
                    System.getProperty(WORKERS), Runtime.getRuntime().availableProcessors());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(WORKERS + ": " + e.getMessage(), e);
        }
    }
}
