// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import jdk.incubator.vector.VectorShape;

/** ChaCha20-Poly1305 on the Vector API. Loaded only where the module jdk.incubator.vector is. */
public final class VectorAead {
    private VectorAead() {}

    /**
     * @param bits 128, 256 or 512
     */
    public static AeadEngine of(int bits) {
        VectorShape shape = VectorShape.forBitSize(bits);
        return new BatchAead(
                "vector" + bits,
                VectorWidth.template(ChaCha20Blocks.class, VectorChaCha20.class, shape),
                VectorWidth.template(Poly1305Tags.class, VectorPoly1305.class, shape));
    }

    /** The width of this machine's vectors. */
    public static int preferredBits() {
        return VectorWidth.preferred().vectorBitSize();
    }
}
