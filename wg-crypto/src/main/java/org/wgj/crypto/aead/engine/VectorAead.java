// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import jdk.incubator.vector.VectorShape;

/**
 * ChaCha20-Poly1305 on the Vector API. The class must be loaded only if the JVM has the module
 * jdk.incubator.vector.
 */
public final class VectorAead {
    private VectorAead() {}

    /**
     * Makes an engine for one vector width.
     *
     * @param bits the width: 128, 256 or 512
     * @return an engine named "vector" and the width
     */
    public static AeadEngine of(int bits) {
        VectorShape shape = VectorShape.forBitSize(bits);
        return new BatchAead(
                "vector" + bits,
                VectorWidth.template(ChaCha20Blocks.class, VectorChaCha20.class, shape),
                VectorWidth.template(Poly1305Tags.class, VectorPoly1305.class, shape));
    }

    /**
     * Returns the vector width that suits this machine best.
     *
     * @return in bits, at most 512
     */
    public static int preferredBits() {
        return VectorWidth.preferred().vectorBitSize();
    }
}
