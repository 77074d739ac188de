// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TunDescriptorTest {
    /* asm-generic/ioctl.h, for x86-64 and arm64 */
    private static final int IOC_NONE = 0;
    private static final int IOC_WRITE = 1;
    private static final int IOC_READ = 2;

    private static long ioc(int direction, char type, int number, int size) {
        return (long) direction << 30 | (long) size << 16 | type << 8 | number;
    }

    /** The arguments are those of linux/if_tun.h. */
    @Test
    void requestNumbersAreEncodedAsInTheGenericAbi() {
        int sizeOfInt = 4;
        assertEquals(ioc(IOC_WRITE, 'T', 202, sizeOfInt), TunDescriptor.TUNSETIFF);
        assertEquals(ioc(IOC_WRITE, 'T', 208, sizeOfInt), TunDescriptor.TUNSETOFFLOAD);
        assertEquals(ioc(IOC_READ, 'T', 210, sizeOfInt), TunDescriptor.TUNGETIFF);
        assertEquals(ioc(IOC_WRITE, 'T', 216, sizeOfInt), TunDescriptor.TUNSETVNETHDRSZ);
        assertEquals(ioc(IOC_NONE, 'T', 227, 0), TunDescriptor.TUNGETDEVNETNS);
    }
}
