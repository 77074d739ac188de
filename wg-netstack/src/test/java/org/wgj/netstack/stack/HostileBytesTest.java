// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.junit.jupiter.api.Test;

import java.util.Random;

/** The fuzz target with random inputs, where no fuzzer runs. */
class HostileBytesTest {
    @Test
    void arbitraryBytesThrowNothing() {
        Random random = new Random(11);
        for (int i = 0; i < 3000; i++) {
            byte[] input = new byte[random.nextInt(3000)];
            random.nextBytes(input);
            for (int at = 0; at + 2 < input.length; at += 2 + (input[at + 1] & 0xff)) {
                input[at] |= (byte) (random.nextInt(8) == 0 ? 0 : 1); // mostly repaired packets
                int header = at + 2;
                int protocol = new int[] {1, 6, 17, 58, 0, 43, 44, 60}[random.nextInt(8)];
                boolean ipv6 = (input[at] & 2) != 0;
                if (header + 40 < input.length) {
                    input[header + (ipv6 ? 6 : 9)] = (byte) protocol;
                    if (random.nextBoolean()) {
                        input[header + 6] = ipv6 ? input[header + 6] : 0;
                    }
                }
            }
            StackFuzz.fuzzerTestOneInput(input);
        }
    }
}
