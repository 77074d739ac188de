// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.primitive.Kdf;
import org.wgj.crypto.primitive.X25519;
import org.wgj.protocol.noise.StaticIdentity;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A second implementation of the handshake, straight from whitepaper 5.4 and with nothing but
 * primitives, to compare the code under test with.
 */
final class NoiseByHand {
    /** Noise's own test vectors have another prologue than WireGuard. */
    static final byte[] WIREGUARD = ascii("WireGuard v1 zx2c4 Jason@zx2c4.com");

    /** The place of the static-static result among the secrets of a handshake. */
    static final int STATIC_STATIC = 4;

    private byte[] c;
    private byte[] h;
    private byte[] k;
    private final List<byte[]> secrets = new ArrayList<>();

    private NoiseByHand(byte[] prologue, PublicKey responder) {
        c = Blake2s.hash(ascii("Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"));
        h = Blake2s.hash(c, prologue);
        h = Blake2s.hash(h, responder.bytes());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private void ephemeral(byte[] key) {
        c = Kdf.kdf1(c, key);
        secrets.add(c);
        h = Blake2s.hash(h, key);
    }

    private void dh(PrivateKey mine, byte[] theirs) {
        byte[] shared = new byte[32];
        X25519.sharedSecret(mine.bytes(), theirs, shared);
        byte[] nextC = new byte[32];
        k = new byte[32];
        Kdf.kdf2(c, shared, nextC, k);
        c = nextC;
        secrets.addAll(List.of(shared, c, k));
    }

    private byte[] seal(byte[] text) {
        byte[] sealed = ChaCha20Poly1305.seal(k, 0, h, text);
        h = Blake2s.hash(h, sealed);
        return sealed;
    }

    /** Writes mac1 for the owner of the key, and a mac2 of zeros. */
    static void writeMac1(byte[] message, PublicKey owner) {
        byte[] key = Blake2s.hash(ascii("mac1----"), owner.bytes());
        int at = message.length - 32;
        byte[] mac = Blake2s.mac(key, Arrays.copyOf(message, at));
        System.arraycopy(mac, 0, message, at, 16);
        Arrays.fill(message, at + 16, message.length, (byte) 0);
    }

    /** Returns the timestamp in an initiation to us. */
    static byte[] timestampOf(byte[] initiation, StaticIdentity us) {
        NoiseByHand noise = new NoiseByHand(WIREGUARD, us.publicKey());
        byte[] ephemeral = Arrays.copyOfRange(initiation, 8, 40);
        noise.ephemeral(ephemeral);
        noise.dh(us.privateKey(), ephemeral);
        byte[] sealedStatic = Arrays.copyOfRange(initiation, 40, 88);
        byte[] remote = ChaCha20Poly1305.open(noise.k, 0, noise.h, sealedStatic);
        noise.h = Blake2s.hash(noise.h, sealedStatic);
        noise.dh(us.privateKey(), remote);
        return ChaCha20Poly1305.open(noise.k, 0, noise.h, Arrays.copyOfRange(initiation, 88, 116));
    }

    /**
     * The result of a handshake: the messages without types, indices and MACs, and the keys.
     *
     * @param secrets all intermediate secrets: Diffie-Hellman results, chaining keys, keys
     */
    record Transcript(
            byte[] initiation,
            byte[] response,
            byte[] hash,
            byte[] forward,
            byte[] backward,
            List<byte[]> secrets) {}

    static Transcript handshake(
            byte[] prologue,
            PrivateKey initiator,
            PrivateKey initiatorEphemeral,
            PrivateKey responder,
            PrivateKey responderEphemeral,
            byte[] presharedKey,
            byte[] firstPayload,
            byte[] secondPayload) {
        NoiseByHand noise = new NoiseByHand(prologue, responder.publicKey());
        byte[] e = initiatorEphemeral.publicKey().bytes();
        noise.ephemeral(e);
        noise.dh(initiatorEphemeral, responder.publicKey().bytes());
        byte[] sealedStatic = noise.seal(initiator.publicKey().bytes());
        noise.dh(initiator, responder.publicKey().bytes());
        byte[] initiation = concat(e, sealedStatic, noise.seal(firstPayload));

        byte[] e2 = responderEphemeral.publicKey().bytes();
        noise.ephemeral(e2);
        noise.dh(responderEphemeral, e);
        noise.dh(responderEphemeral, initiator.publicKey().bytes());
        byte[] c = new byte[32];
        byte[] tau = new byte[32];
        byte[] k = new byte[32];
        Kdf.kdf3(noise.c, presharedKey, c, tau, k);
        noise.c = c;
        noise.k = k;
        noise.secrets.addAll(List.of(c, tau, k));
        noise.h = Blake2s.hash(noise.h, tau);
        byte[] response = concat(e2, noise.seal(secondPayload));

        byte[] forward = new byte[32];
        byte[] backward = new byte[32];
        Kdf.kdf2(noise.c, new byte[0], forward, backward);
        return new Transcript(
                initiation, response, noise.h, forward, backward, List.copyOf(noise.secrets));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
