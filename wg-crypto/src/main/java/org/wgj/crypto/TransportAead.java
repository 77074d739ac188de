package org.wgj.crypto;

/**
 * An implementation of ChaCha20-Poly1305 for transport data, chosen once at start. Stateless, safe
 * for all threads.
 */
public interface TransportAead {
    /** For the log: which implementation this is. */
    String name();

    /**
     * @param key32 32 bytes, which are copied
     */
    TransportKey key(byte[] key32);

    /** The quickest one that this machine and its JVM can run. */
    static TransportAead best() {
        return CipherAead.INSTANCE;
    }
}
