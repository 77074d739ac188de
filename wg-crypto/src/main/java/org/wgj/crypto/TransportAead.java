// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import org.wgj.crypto.aead.AeadSelector;

import java.util.List;

/**
 * An implementation of ChaCha20-Poly1305 for transport data. Stateless, safe for all threads.
 *
 * <p>The implementations have names:
 *
 * <ul>
 *   <li>{@code vector512}, {@code vector256} and {@code vector128} are our own on the Vector API,
 *       with vectors of that many bits. They need the JVM option {@code --add-modules
 *       jdk.incubator.vector}. One that is wider than the processor's vectors is correct but very
 *       slow.
 *   <li>{@code stream} is the JDK's ChaCha20 with our Poly1305 in plain Java. It is slower, but
 *       compiled in a tenth of the time.
 *   <li>{@code scalar} is our own in plain Java.
 *   <li>{@code cipher} is the JDK's {@link javax.crypto.Cipher} for both.
 * </ul>
 */
public interface TransportAead {
    /**
     * Returns the name of the implementation that is in use at this moment, for logs.
     *
     * @return one of the names above
     */
    String name();

    /**
     * Returns how many threads besides the caller's help with a large batch. The threads start with
     * the first large batch.
     *
     * @return the number of threads; 0 if the caller does everything
     */
    default int workers() {
        return 0;
    }

    /**
     * Makes a key.
     *
     * @param key32 32 bytes, which are copied
     * @return a key that seals and opens with those bytes
     * @throws IllegalArgumentException if there are not 32 bytes
     */
    TransportKey key(byte[] key32);

    /**
     * Prepares for traffic. An implementation that searches for the fastest one does so now instead
     * of after much traffic. That may take seconds, most of which this call waits for the JIT
     * compiler; other threads are not disturbed.
     */
    default void warmUp() {}

    /**
     * Returns an implementation that does the same as this one did at first and never searches for
     * a faster one, so that a rehearsal's packets get the code of this one compiled but do not
     * count as traffic.
     *
     * @return this implementation, if it does not search
     */
    default TransportAead rehearsal() {
        return this;
    }

    /**
     * Returns how many packets were sealed and opened until the search for the fastest
     * implementation was over.
     *
     * @return about that number, which wraps around; 0 for implementations that do not search
     */
    default int packets() {
        return 0;
    }

    /**
     * Returns the implementation that the system properties choose for this JVM.
     *
     * <p>{@code wgj.aead} is one of the names above. Without it, {@code stream} starts. After much
     * traffic, vectors are compiled in a pause, or else after some seconds, and take over if they
     * are faster.
     *
     * <p>{@code wgj.workers}, 0 to 64, is the number of threads that help with large batches.
     * Without it, there are none on fewer than four processors; otherwise there are half as many
     * threads as processors, at most 8. All implementations of a JVM share these threads.
     *
     * @return always the same object
     * @throws IllegalArgumentException if {@code wgj.aead} is not the name of an implementation
     *     that this JVM can run, or {@code wgj.workers} is not such a number
     */
    static TransportAead best() {
        return AeadSelector.best();
    }

    /**
     * Returns the implementation of that name, so that one tunnel can use another implementation
     * than the rest of the JVM. {@code wgj.workers} applies as for {@link #best}.
     *
     * @param name one of the names above
     * @return always the same object for the same name
     * @throws IllegalArgumentException if this JVM cannot run an implementation of that name (the
     *     message lists those it can run), or {@code wgj.workers} is not a number from 0 to 64
     */
    static TransportAead named(String name) {
        return AeadSelector.named(name);
    }

    /**
     * Returns the names of the implementations that this JVM can run.
     *
     * @return names that {@link #named} accepts
     */
    static List<String> available() {
        return AeadSelector.available();
    }
}
