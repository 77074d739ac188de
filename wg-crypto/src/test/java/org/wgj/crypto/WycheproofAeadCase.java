// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

import static org.wgj.crypto.TestVectors.hex;

import java.util.List;

/** One case of the Wycheproof files for the two AEADs. */
public record WycheproofAeadCase(
        String name,
        boolean valid,
        String flags,
        byte[] key,
        byte[] nonce,
        byte[] associatedData,
        byte[] plaintext,
        byte[] sealed) {

    public static List<WycheproofAeadCase> chaCha20Poly1305() {
        return read("wycheproof-chacha20-poly1305.txt");
    }

    public static List<WycheproofAeadCase> xChaCha20Poly1305() {
        return read("wycheproof-xchacha20-poly1305.txt");
    }

    private static List<WycheproofAeadCase> read(String resource) {
        return TestVectors.read(resource).stream()
                .map(
                        column ->
                                new WycheproofAeadCase(
                                        resource + " case " + column[0],
                                        column[1].equals("valid"),
                                        column[2],
                                        hex(column[3]),
                                        hex(column[4]),
                                        hex(column[5]),
                                        hex(column[6]),
                                        hex(column[7] + column[8])))
                .toList();
    }

    public boolean hasInvalidNonce() {
        return flags.equals("InvalidNonceSize");
    }

    /** Returns whether WireGuard could use the nonce: four zero bytes, then a counter. */
    public boolean hasCounterNonce() {
        return nonce.length == 12 && (nonce[0] | nonce[1] | nonce[2] | nonce[3]) == 0;
    }

    public long counter() {
        long counter = 0;
        for (int i = 11; i >= 4; i--) {
            counter = counter << 8 | nonce[i] & 0xff;
        }
        return counter;
    }
}
