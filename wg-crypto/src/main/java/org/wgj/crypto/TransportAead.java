// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.aead.AeadSelector;

/**
 * An implementation of ChaCha20-Poly1305 for transport data. Stateless, safe for all threads.
 *
 * <ul>
 *   <li>{@code vector512}, {@code vector256}, {@code vector128}: ours on the Vector API, which the
 *       JVM has with {@code --add-modules jdk.incubator.vector};
 *   <li>{@code scalar}: ours in plain Java;
 *   <li>{@code cipher}: the JDK's Cipher.
 * </ul>
 */
public interface TransportAead {
    /** For the log: which implementation this is, at this moment. */
    String name();

    /**
     * How many threads beside the caller's a large batch is shared out to; made when the first such
     * batch comes. 0 where all is done by the caller.
     */
    default int workers() {
        return 0;
    }

    /**
     * @param key32 32 bytes, which are copied
     */
    TransportKey key(byte[] key32);

    /**
     * Gets ready for traffic: where the quickest is still to be found out, finds it now and not
     * with the first traffic. May take seconds, most of them waiting for the compiler; what other
     * threads do meanwhile is not disturbed.
     */
    default void warmUp() {}

    /**
     * The one that the system property {@code wgj.aead} names; without it the Cipher, and some
     * seconds after traffic began the quickest that the JVM can run: see {@link AeadSelector}.
     * Large batches are shared out to as many workers as the system property {@code wgj.workers}
     * says (0 to 64); without it to none on fewer than four processors, else to half as many as
     * there are, at most 8. Always the same object.
     *
     * @throws IllegalArgumentException if {@code wgj.aead} names none of them, or one that this JVM
     *     cannot run, or {@code wgj.workers} is no such number
     */
    static TransportAead best() {
        return AeadSelector.best();
    }
}
