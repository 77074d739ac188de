// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.crypto.TestVectors.counting;

import org.junit.jupiter.api.Test;

class ConstantTimeTest {
    @Test
    void everyBitCounts() {
        assertTrue(ConstantTime.equal(counting(16), counting(16)));
        assertTrue(ConstantTime.isZero(new byte[16]));
        for (int bit = 0; bit < 128; bit++) {
            byte[] one = new byte[16];
            one[bit / 8] = (byte) (1 << bit % 8);
            assertFalse(ConstantTime.isZero(one));
            assertFalse(ConstantTime.equal(one, new byte[16]));
        }
    }

    @Test
    void arraysOfDifferentLengthsDiffer() {
        assertFalse(ConstantTime.equal(new byte[16], new byte[15]));
        assertFalse(ConstantTime.equal(new byte[0], new byte[1]));
        assertTrue(ConstantTime.equal(new byte[0], new byte[0]));
        assertTrue(ConstantTime.isZero(new byte[0]));
    }
}
