// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;
import static org.wgj.crypto.TestVectors.hex;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.secret.SecretBytes;

import java.util.Arrays;
import java.util.Base64;
import java.util.Random;

/** The three key types. */
class KeysTest {
    // A key pair as `wg genkey` and `wg pubkey` print it: Alice of RFC 7748 section 6.1, clamped.
    private static final String PRIVATE =
            "70076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c6a";
    private static final String PUBLIC =
            "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

    @Test
    void aPublicKeyKeepsItsBytes() {
        byte[] bytes = hex(PUBLIC);
        PublicKey key = PublicKey.of(bytes);
        Arrays.fill(bytes, (byte) 0);
        assertEquals(PUBLIC, key.toHex());
        assertArrayEquals(hex(PUBLIC), key.bytes());
        assertNotSame(key.bytes(), key.bytes());
        key.bytes()[0] ^= 1;
        assertEquals(PUBLIC, key.toHex());
        assertEquals(Base64.getEncoder().encodeToString(hex(PUBLIC)), key.toBase64());
        assertEquals(key, PublicKey.fromBase64(key.toBase64()));
        assertEquals(key, PublicKey.fromHex(PUBLIC));
        assertEquals(key.hashCode(), PublicKey.fromHex(PUBLIC).hashCode());
        assertNotEquals(key, PublicKey.of(counting(32)));
    }

    @Test
    void aPublicKeyCopiesItselfIntoAMessage() {
        byte[] message = new byte[40];
        Arrays.fill(message, (byte) 0xa5);
        PublicKey.of(counting(32)).copyTo(message, 5);
        assertArrayEquals(counting(32), Arrays.copyOfRange(message, 5, 37));
        assertEquals("a5a5a5a5a5", hex(Arrays.copyOf(message, 5)));
        assertEquals("a5a5a5", hex(Arrays.copyOfRange(message, 37, 40)));
    }

    @Test
    void aPublicKeyPrintsItsFirstAndLastCharacters() {
        PublicKey key = PublicKey.fromHex(PUBLIC);
        String base64 = key.toBase64();
        assertEquals("hSDw…Tmo=", key.toString());
        assertTrue(base64.startsWith("hSDw") && base64.endsWith("Tmo="));
    }

    @Test
    void everyWayToMakeAPrivateKeyClampsIt() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xff);
        String clamped = "f8" + "ff".repeat(30) + "7f";
        assertEquals(clamped, PrivateKey.of(ones).toHex());
        assertEquals(clamped, PrivateKey.fromHex("ff".repeat(32)).toHex());
        assertEquals(clamped, hex(PrivateKey.fromBase64("/".repeat(42) + "8=").bytes()));
        assertEquals("00".repeat(31) + "40", PrivateKey.of(new byte[32]).toHex());
        assertEquals("ff".repeat(32), hex(ones), "the argument was changed");

        for (int round = 0; round < 50; round++) {
            byte[] generated = PrivateKey.generate().bytes();
            assertEquals(0, generated[0] & 7);
            assertEquals(0x40, generated[31] & 0xc0);
        }
    }

    @Test
    void aPrivateKeyKnowsItsPublicKey() {
        PrivateKey key = PrivateKey.fromHex(PRIVATE);
        assertEquals(PUBLIC, key.publicKey().toHex());
        assertEquals(PRIVATE, key.toHex());
        assertEquals(key, PrivateKey.fromBase64(key.toBase64()));
        assertEquals(key.hashCode(), PrivateKey.fromHex(PRIVATE).hashCode());
        assertNotEquals(key, PrivateKey.of(counting(32)));
    }

    @Test
    void generatedKeysDifferAndDependOnTheSourceOfRandomness() {
        assertNotEquals(PrivateKey.generate(), PrivateKey.generate());
        assertNotEquals(PresharedKey.generate(), PresharedKey.generate());
        assertEquals(PrivateKey.generate(new Random(7)), PrivateKey.generate(new Random(7)));
        assertEquals(PresharedKey.generate(new Random(7)), PresharedKey.generate(new Random(7)));
    }

    @Test
    void aWipedPrivateKeyReturnsOnlyItsPublicKey() {
        PrivateKey key = PrivateKey.fromHex(PRIVATE);
        byte[] copy = key.bytes();
        assertFalse(key.isWiped());
        key.wipe();
        key.wipe();
        assertTrue(key.isWiped());
        assertThrows(IllegalStateException.class, key::bytes);
        assertThrows(IllegalStateException.class, key::toHex);
        assertThrows(IllegalStateException.class, key::toBase64);
        assertEquals(PUBLIC, key.publicKey().toHex());
        assertEquals(PRIVATE, hex(copy), "wiping the key does not change a copy");
        assertEquals(key, key);
        assertNotEquals(key, PrivateKey.fromHex(PRIVATE));
        PrivateKey another = PrivateKey.generate();
        another.wipe();
        assertNotEquals(key, another);
    }

    @Test
    void aPresharedKeyKeepsItsBytes() {
        PresharedKey key = PresharedKey.of(counting(32));
        assertArrayEquals(counting(32), key.bytes());
        assertEquals(hex(counting(32)), key.toHex());
        assertEquals(key, PresharedKey.fromHex(key.toHex()));
        assertEquals(key, PresharedKey.fromBase64(key.toBase64()));
        assertEquals(key.hashCode(), PresharedKey.fromHex(key.toHex()).hashCode());
        assertFalse(key.isNone());
        assertNotEquals(key, PresharedKey.NONE);
    }

    @Test
    void aPresharedKeyOfZerosIsNone() {
        assertTrue(PresharedKey.NONE.isNone());
        assertTrue(PresharedKey.fromHex("0".repeat(64)).isNone());
        assertEquals(PresharedKey.NONE, PresharedKey.of(new byte[32]));
        byte[] last = new byte[32];
        last[31] = (byte) 0x80;
        assertFalse(PresharedKey.of(last).isNone());
        PresharedKey.NONE.wipe();
        assertFalse(PresharedKey.NONE.isWiped());
        assertArrayEquals(new byte[32], PresharedKey.NONE.bytes());
    }

    @Test
    void aWipedPresharedKeyIsNotTakenForZeros() {
        PresharedKey key = PresharedKey.of(counting(32));
        key.wipe();
        assertTrue(key.isWiped());
        assertThrows(IllegalStateException.class, key::bytes);
        assertThrows(IllegalStateException.class, key::isNone);
        assertThrows(IllegalStateException.class, key::toHex);
        assertThrows(IllegalStateException.class, key::toBase64);
        assertNotEquals(key, PresharedKey.NONE);
        assertNotEquals(PresharedKey.NONE, key);
    }

    @Test
    void secretKeysPrintNothing() {
        assertEquals("(private key)", PrivateKey.fromHex(PRIVATE).toString());
        assertEquals("(preshared key)", PresharedKey.of(counting(32)).toString());
        assertEquals("(transport key)", TransportAead.best().key(counting(32)).toString());
    }

    @Test
    void otherLengthsAreRefused() {
        for (int length : new int[] {0, 31, 33, 64}) {
            byte[] bytes = new byte[length];
            assertThrows(IllegalArgumentException.class, () -> PublicKey.of(bytes));
            assertThrows(IllegalArgumentException.class, () -> PrivateKey.of(bytes));
            assertThrows(IllegalArgumentException.class, () -> PresharedKey.of(bytes));
        }
        assertThrows(IllegalArgumentException.class, () -> PublicKey.fromHex("00"));
        assertThrows(IllegalArgumentException.class, () -> PrivateKey.fromBase64("AA=="));
        assertThrows(IllegalArgumentException.class, () -> PresharedKey.fromHex(""));
    }

    /** A copy that is half wiped would be a key that is partly zero. */
    @Test
    void aKeyWipedByAnotherThreadIsCopiedWholeOrNotAtAll() throws InterruptedException {
        byte[] whole = new byte[32];
        Arrays.fill(whole, (byte) 0x5a);
        byte[] copy = new byte[32];
        for (int round = 0; round < 2_000; round++) {
            SecretBytes secret = SecretBytes.copyOf(whole);
            Thread wiper = Thread.ofPlatform().start(secret::wipe);
            while (wiper.isAlive()) {
                if (secret.copyTo(copy)) {
                    assertArrayEquals(whole, copy);
                }
            }
            wiper.join();
            assertFalse(secret.copyTo(copy));
        }
    }
}
