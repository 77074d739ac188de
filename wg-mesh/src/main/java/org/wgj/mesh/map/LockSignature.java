// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.Arrays;
import java.util.Optional;

/**
 * The lock's entry under a node: the time of the signature, and an Ed25519 signature over that and
 * {@link MapNodes#signedBytes}. The time puts the lock's signatures in an order, so that an old one
 * cannot take the place of a newer one ({@link SignedOrder}).
 *
 * <p>As bytes: 1 byte version (2), 8 bytes time in big endian, 64 bytes signature.
 *
 * @param timeMs the signer's clock in milliseconds since 1970; later signatures have later times
 * @param bytes the version, the time and the signature
 */
public record LockSignature(long timeMs, Bytes bytes) {
    private static final byte VERSION = 2;
    private static final int HEAD = 1 + Long.BYTES;
    private static final int LENGTH = HEAD + 64;
    private static final String ALGORITHM = "Ed25519";

    /**
     * Signs a node.
     *
     * @param key the lock's private key
     * @param mesh the mesh's name
     * @param node its own signature does not matter
     * @param timeMs later than that of all earlier signatures of the lock, more than 0
     * @return the signature
     * @throws IllegalArgumentException if the key is no Ed25519 key
     */
    public static LockSignature sign(PrivateKey key, String mesh, MapNode node, long timeMs) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(head(timeMs));
            signature.update(MapNodes.signedBytes(mesh, node));
            byte[] all = Arrays.copyOf(head(timeMs), LENGTH);
            System.arraycopy(signature.sign(), 0, all, HEAD, LENGTH - HEAD);
            return new LockSignature(timeMs, Bytes.of(all));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no Ed25519 key", e);
        }
    }

    private static byte[] head(long timeMs) {
        return ByteBuffer.allocate(HEAD).put(VERSION).putLong(timeMs).array();
    }

    /**
     * Reads a signature without checking it.
     *
     * @param bytes perhaps a signature
     * @return nothing if the bytes have another format or version, or no time
     */
    public static Optional<LockSignature> read(Bytes bytes) {
        byte[] all = bytes.toArray();
        if (all.length != LENGTH || all[0] != VERSION) {
            return Optional.empty();
        }
        long timeMs = ByteBuffer.wrap(all, 1, Long.BYTES).getLong();
        return timeMs > 0 ? Optional.of(new LockSignature(timeMs, bytes)) : Optional.empty();
    }

    /**
     * Returns when a node was signed, as its signature says, without checking that.
     *
     * @param signature perhaps a signature
     * @return milliseconds since 1970; 0 if the bytes are no signature
     */
    public static long timeMs(Bytes signature) {
        return read(signature).map(LockSignature::timeMs).orElse(0L);
    }

    boolean isOver(String mesh, MapNode node, PublicKey key) {
        byte[] all = bytes.toArray();
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(all, 0, HEAD);
            signature.update(MapNodes.signedBytes(mesh, node));
            return signature.verify(all, HEAD, LENGTH - HEAD);
        } catch (GeneralSecurityException e) {
            return false;
        }
    }
}
