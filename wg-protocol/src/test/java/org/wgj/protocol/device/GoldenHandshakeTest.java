// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.primitive.ChaCha20Poly1305;
import org.wgj.protocol.cookie.CookieGenerator;
import org.wgj.protocol.message.InitiationMessage;
import org.wgj.protocol.noise.ClaimedInitiation;
import org.wgj.protocol.noise.Handshake;
import org.wgj.protocol.noise.StaticIdentity;
import org.wgj.protocol.session.Keypair;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.random.RandomGenerator;

/**
 * With fixed keys, random numbers and time, a handshake has fixed bytes: those of a file that this
 * code wrote once, after they had agreed with {@link NoiseByHand}, which agrees with Noise's
 * published vector.
 */
class GoldenHandshakeTest {
    private static final HexFormat HEX = HexFormat.of();

    private static Properties resource(String name) throws IOException {
        Properties properties = new Properties();
        try (var in = GoldenHandshakeTest.class.getResourceAsStream(name)) {
            properties.load(in);
        }
        return properties;
    }

    private static byte[] bytes(Properties properties, String name) {
        return HEX.parseHex(properties.getProperty(name));
    }

    private static PrivateKey key(Properties properties, String name) {
        return PrivateKey.of(bytes(properties, name));
    }

    @Test
    void theComputationByHandAgreesWithTheNoiseVector() throws IOException {
        Properties vector = resource("noise-ikpsk2.properties");
        NoiseByHand.Transcript transcript =
                NoiseByHand.handshake(
                        bytes(vector, "prologue"),
                        key(vector, "initiator"),
                        key(vector, "initiator-ephemeral"),
                        key(vector, "responder"),
                        key(vector, "responder-ephemeral"),
                        bytes(vector, "preshared-key"),
                        bytes(vector, "payload-1"),
                        bytes(vector, "payload-2"));
        assertArrayEquals(bytes(vector, "message-1"), transcript.initiation());
        assertArrayEquals(bytes(vector, "message-2"), transcript.response());
        assertArrayEquals(bytes(vector, "hash"), transcript.hash());
        for (int i = 3; vector.containsKey("message-" + i); i++) {
            byte[] key = i % 2 == 1 ? transcript.forward() : transcript.backward();
            assertArrayEquals(
                    bytes(vector, "message-" + i),
                    ChaCha20Poly1305.seal(
                            key, (i - 3) / 2, new byte[0], bytes(vector, "payload-" + i)));
        }
    }

    /** A generator that returns the given bytes next. */
    private record Fixed(byte[] bytes) implements RandomGenerator {
        @Override
        public long nextLong() {
            throw new AssertionError("only bytes may be drawn");
        }

        @Override
        public void nextBytes(byte[] target) {
            System.arraycopy(bytes, 0, target, 0, target.length);
        }
    }

    private final byte[] initiatorKey = filled(0x11);
    private final byte[] initiatorEphemeral = filled(0x22);
    private final byte[] responderKey = filled(0x33);
    private final byte[] responderEphemeral = filled(0x44);
    private final byte[] presharedKey = filled(0x55);
    private final Instant time = Instant.parse("2026-11-22T12:34:56.789Z");

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    @Test
    void theHandshakeIsThatOfTheFileAndOfTheComputationByHand() throws IOException {
        Handshake alice = handshake(initiatorKey, responderKey);
        Handshake bob = handshake(responderKey, initiatorKey);
        StaticIdentity bobsIdentity = new StaticIdentity(PrivateKey.of(responderKey));
        CookieGenerator alicesMacs = new CookieGenerator(bobsIdentity.publicKey());
        CookieGenerator bobsMacs = new CookieGenerator(PrivateKey.of(initiatorKey).publicKey());

        InitiationMessage initiation =
                alice.createInitiation(0x01020304, new Fixed(initiatorEphemeral), time);
        alicesMacs.addMacs(initiation, 0);
        ClaimedInitiation claim = ClaimedInitiation.identify(initiation, bobsIdentity);
        Handshake.Response response =
                bob.respond(
                        bob.consumeInitiation(initiation, claim, 0),
                        0x05060708,
                        new Fixed(responderEphemeral),
                        TransportAead.best(),
                        0);
        bobsMacs.addMacs(response.message(), 0);
        Keypair alicesSession = alice.consumeResponse(response.message(), TransportAead.best(), 0);

        // 2^62 + 10 + seconds since 1970; nanoseconds rounded down to 2^24.
        byte[] timestamp =
                ByteBuffer.allocate(12)
                        .putLong((1L << 62) + 10 + time.getEpochSecond())
                        .putInt(789_000_000 & ~0xff_ffff)
                        .array();
        NoiseByHand.Transcript transcript =
                NoiseByHand.handshake(
                        NoiseByHand.WIREGUARD,
                        PrivateKey.of(initiatorKey),
                        PrivateKey.of(initiatorEphemeral),
                        PrivateKey.of(responderKey),
                        PrivateKey.of(responderEphemeral),
                        presharedKey,
                        timestamp,
                        new byte[0]);
        byte[] expectedInitiation =
                NoiseByHand.concat(
                        HEX.parseHex("0100000004030201"), transcript.initiation(), new byte[32]);
        NoiseByHand.writeMac1(expectedInitiation, bobsIdentity.publicKey());
        byte[] expectedResponse =
                NoiseByHand.concat(
                        HEX.parseHex("020000000807060504030201"),
                        transcript.response(),
                        new byte[32]);
        NoiseByHand.writeMac1(expectedResponse, PrivateKey.of(initiatorKey).publicKey());
        assertArrayEquals(expectedInitiation, initiation.bytes());
        assertArrayEquals(expectedResponse, response.message().bytes());

        byte[] forward = sealed(alicesSession);
        byte[] backward = sealed(response.session());
        byte[] text = "transport data".getBytes(StandardCharsets.US_ASCII);
        assertArrayEquals(
                ChaCha20Poly1305.seal(transcript.forward(), 1L << 40, new byte[0], text), forward);
        assertArrayEquals(
                ChaCha20Poly1305.seal(transcript.backward(), 1L << 40, new byte[0], text),
                backward);

        Properties golden = resource("golden-handshake.properties");
        assertEquals(golden.getProperty("initiation"), HEX.formatHex(initiation.bytes()));
        assertEquals(golden.getProperty("response"), HEX.formatHex(response.message().bytes()));
        assertEquals(golden.getProperty("forward"), HEX.formatHex(forward));
        assertEquals(golden.getProperty("backward"), HEX.formatHex(backward));
    }

    private Handshake handshake(byte[] own, byte[] remote) {
        Handshake handshake = new Handshake(PrivateKey.of(remote).publicKey());
        handshake.setIdentity(new StaticIdentity(PrivateKey.of(own)));
        handshake.setPresharedKey(PresharedKey.of(presharedKey));
        return handshake;
    }

    /** Seals a text with the session's sending key and counter 2^40. */
    private static byte[] sealed(Keypair session) {
        byte[] text = "transport data".getBytes(StandardCharsets.US_ASCII);
        MemorySegment segment = Arena.ofAuto().allocate(text.length + 16L);
        MemorySegment.copy(text, 0, segment, ValueLayout.JAVA_BYTE, 0, text.length);
        int[] zero = {0};
        session.sendKey()
                .seal(1L << 40, PacketLayout.inPlace(segment, zero, new int[] {text.length}), 0, 1);
        return segment.toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void equalSeedsGiveEqualConversations() {
        List<String> first = conversation();
        assertEquals(first, conversation());
        assertTrue(first.size() > 10);
    }

    private static List<String> conversation() {
        TwoPeers net = new TwoPeers(42);
        net.wire = d -> net.random.nextInt(5) == 0 ? List.of() : List.of(d);
        for (int i = 0; i < 20; i++) {
            net.alice.send("a" + i);
            net.bob.send("b" + i);
            net.run(20 * SECOND);
        }
        return net.sent().stream().map(d -> d.atNs() + " " + HEX.formatHex(d.bytes())).toList();
    }
}
