// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

/** ChaCha20-Poly1305 in plain Java, for every JVM. */
public final class ScalarAead {
    /** The only instance. */
    public static final AeadEngine INSTANCE =
            new BatchAead("scalar", new ScalarChaCha20(), new ScalarPoly1305());

    private ScalarAead() {}
}
