// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.primitive.Blake2s;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.crypto.primitive.Kdf;
import org.wgj.crypto.primitive.X25519;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * Runs both sides of whole handshakes of the Noise framework with the primitives of this module
 * alone. So BLAKE2s, the KDFs, X25519 and ChaCha20-Poly1305 fit together as WireGuard's
 * Noise_IKpsk2 needs.
 */
class NoiseVectorsTest {
    private static final byte[] NOTHING = new byte[0];

    @Test
    void handshakesAndTheirTransportMessages() {
        int handshakes = 0;
        int messages = 0;
        Queue<String[]> lines = new ArrayDeque<>(TestVectors.read("noise-ik.txt"));
        while (!lines.isEmpty()) {
            String[] handshake = lines.remove();
            Side initiator = new Side(handshake);
            Side responder = new Side(handshake);
            PrivateKey initiatorStatic = PrivateKey.fromHex(handshake[4]);
            PrivateKey initiatorEphemeral = PrivateKey.fromHex(handshake[5]);
            PrivateKey responderStatic = PrivateKey.fromHex(handshake[6]);
            PrivateKey responderEphemeral = PrivateKey.fromHex(handshake[7]);

            String[] first = lines.remove();
            byte[] initiation =
                    initiator.writeInitiation(
                            initiatorStatic,
                            initiatorEphemeral,
                            responderStatic.publicKey(),
                            hex(first[1]));
            assertEquals(first[2], hex(initiation));
            assertEquals(first[1], hex(responder.readInitiation(responderStatic, initiation)));
            assertEquals(initiatorStatic.publicKey(), responder.remoteStatic);

            String[] second = lines.remove();
            byte[] response = responder.writeResponse(responderEphemeral, hex(second[1]));
            assertEquals(second[2], hex(response));
            assertEquals(second[1], hex(initiator.readResponse(response)));

            assertEquals(handshake[8], hex(initiator.hash));
            assertEquals(handshake[8], hex(responder.hash));
            assertArrayEquals(initiator.chainingKey, responder.chainingKey);
            handshakes++;
            messages += 2;

            List<byte[]> keys = initiator.split();
            long[] counters = new long[2];
            while (!lines.isEmpty() && lines.peek()[0].equals("message")) {
                String[] message = lines.remove();
                int direction = messages % 2; // the initiator and the responder send in turn
                byte[] key = keys.get(direction);
                long counter = counters[direction]++;
                byte[] sealed = ChaCha20Poly1305.seal(key, counter, NOTHING, hex(message[1]));
                assertEquals(message[2], hex(sealed));
                byte[] opened = ChaCha20Poly1305.open(key, counter, NOTHING, sealed);
                assertEquals(message[1], hex(opened));
                messages++;
            }
        }
        assertEquals(2, handshakes);
        assertEquals(12, messages);
    }

    /** One side of IK, or of IKpsk2 if there is a preshared key (Noise sections 5.2, 7.5 and 9). */
    private static final class Side {
        private final byte[] presharedKey; // empty: IK
        private byte[] hash;
        private byte[] chainingKey;
        private byte[] key;
        private long counter;
        private final byte[] prologue;
        private PrivateKey localStatic;
        private PrivateKey localEphemeral;
        private PublicKey remoteStatic;
        private PublicKey remoteEphemeral;

        Side(String[] handshake) {
            byte[] name = handshake[1].getBytes(StandardCharsets.US_ASCII);
            hash = name.length <= 32 ? Arrays.copyOf(name, 32) : Blake2s.hash(name);
            chainingKey = hash.clone();
            prologue = hex(handshake[2]);
            presharedKey = hex(handshake[3]);
        }

        byte[] writeInitiation(
                PrivateKey mine, PrivateKey ephemeral, PublicKey theirs, byte[] payload) {
            localStatic = mine;
            localEphemeral = ephemeral;
            remoteStatic = theirs;
            begin(theirs);
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            message.writeBytes(mixEphemeral(ephemeral.publicKey()).bytes());
            mixShared(ephemeral, theirs); // es
            message.writeBytes(seal(mine.publicKey().bytes()));
            mixShared(mine, theirs); // ss
            message.writeBytes(seal(payload));
            return message.toByteArray();
        }

        byte[] readInitiation(PrivateKey mine, byte[] message) {
            localStatic = mine;
            begin(mine.publicKey());
            remoteEphemeral = mixEphemeral(PublicKey.of(Arrays.copyOf(message, 32)));
            mixShared(mine, remoteEphemeral); // es
            remoteStatic = PublicKey.of(open(Arrays.copyOfRange(message, 32, 80)));
            mixShared(mine, remoteStatic); // ss
            return open(Arrays.copyOfRange(message, 80, message.length));
        }

        byte[] writeResponse(PrivateKey ephemeral, byte[] payload) {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            message.writeBytes(mixEphemeral(ephemeral.publicKey()).bytes());
            mixShared(ephemeral, remoteEphemeral); // ee
            mixShared(ephemeral, remoteStatic); // se
            mixPresharedKey();
            message.writeBytes(seal(payload));
            return message.toByteArray();
        }

        byte[] readResponse(byte[] message) {
            remoteEphemeral = mixEphemeral(PublicKey.of(Arrays.copyOf(message, 32)));
            mixShared(localEphemeral, remoteEphemeral); // ee
            mixShared(localStatic, remoteEphemeral); // se
            mixPresharedKey();
            return open(Arrays.copyOfRange(message, 32, message.length));
        }

        List<byte[]> split() {
            byte[] fromInitiator = new byte[32];
            byte[] fromResponder = new byte[32];
            Kdf.kdf2(chainingKey, NOTHING, fromInitiator, fromResponder);
            return List.of(fromInitiator, fromResponder);
        }

        private void begin(PublicKey responder) {
            hash = Blake2s.hash(hash, prologue);
            hash = Blake2s.hash(hash, responder.bytes());
        }

        private PublicKey mixEphemeral(PublicKey ephemeral) {
            hash = Blake2s.hash(hash, ephemeral.bytes());
            if (presharedKey.length > 0) {
                chainingKey = Kdf.kdf1(chainingKey, ephemeral.bytes());
            }
            return ephemeral;
        }

        private void mixShared(PrivateKey mine, PublicKey theirs) {
            byte[] shared = new byte[32];
            assertTrue(X25519.sharedSecret(mine.bytes(), theirs.bytes(), shared));
            key = new byte[32];
            counter = 0;
            Kdf.kdf2(chainingKey, shared, chainingKey, key);
        }

        private void mixPresharedKey() {
            if (presharedKey.length > 0) {
                byte[] toHash = new byte[32];
                key = new byte[32];
                counter = 0;
                Kdf.kdf3(chainingKey, presharedKey, chainingKey, toHash, key);
                hash = Blake2s.hash(hash, toHash);
            }
        }

        private byte[] seal(byte[] plaintext) {
            byte[] sealed = ChaCha20Poly1305.seal(key, counter++, hash, plaintext);
            hash = Blake2s.hash(hash, sealed);
            return sealed;
        }

        private byte[] open(byte[] sealed) {
            byte[] plaintext = ChaCha20Poly1305.open(key, counter++, hash, sealed);
            hash = Blake2s.hash(hash, sealed);
            return plaintext;
        }
    }
}
