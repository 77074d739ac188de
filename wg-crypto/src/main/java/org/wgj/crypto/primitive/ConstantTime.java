// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import java.security.MessageDigest;

/** Comparisons whose duration does not depend on the bytes compared. */
public final class ConstantTime {
    private ConstantTime() {}

    /**
     * Compares two arrays.
     *
     * @param a an array
     * @param b an array
     * @return whether both hold the same bytes; false at once if the lengths differ
     */
    public static boolean equal(byte[] a, byte[] b) {
        return MessageDigest.isEqual(a, b);
    }

    /**
     * Compares an array with zeros.
     *
     * @param bytes an array
     * @return whether every byte is zero
     */
    public static boolean isZero(byte[] bytes) {
        int any = 0;
        for (byte b : bytes) {
            any |= b;
        }
        return any == 0;
    }
}
