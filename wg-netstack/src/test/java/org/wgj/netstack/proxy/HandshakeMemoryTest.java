// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Tests what clients without a password can make the proxy keep. */
class HandshakeMemoryTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private interface Action {
        void run() throws IOException;
    }

    private static long allocatedBy(Action action) throws IOException {
        action.run(); // what is loaded for it
        long before = THREADS.getCurrentThreadAllocatedBytes();
        action.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    @Test
    void aLengthAloneTakesNoMemory() throws IOException {
        byte[] begin = {1};
        long bytes =
                allocatedBy(
                        () -> {
                            ClientInput in = new ClientInput(new ByteArrayInputStream(begin));
                            assertThrows(EOFException.class, () -> in.exactly(65_535));
                        });
        assertTrue(bytes < 32_768, "allocated: " + bytes);
    }

    @Test
    void whatHasAnnouncedItsLengthComesWhole() throws IOException {
        byte[] all = new byte[65_535];
        new Random(1).nextBytes(all);
        assertArrayEquals(all, new ClientInput(new ByteArrayInputStream(all)).exactly(all.length));
    }

    /** Each read is offered all of the buffer behind what is there. */
    @Test
    void theBufferOfAHeadIsNoLongerThanTheLongestHead() throws IOException {
        int max = 5000;
        int[] most = new int[1];
        ByteArrayInputStream endless =
                new ByteArrayInputStream(new byte[100_000]) {
                    @Override
                    public synchronized int read(byte[] bytes, int offset, int length) {
                        most[0] = Math.max(most[0], bytes.length);
                        return super.read(bytes, offset, Math.min(length, 700));
                    }
                };
        ClientInput in = new ClientInput(endless);
        assertNull(in.head(max));
        assertTrue(in.isFull(max));
        assertEquals(max, most[0]);
    }

    /** Each record of one byte must not copy all that came before. */
    @Test
    void aHelloInRecordsOfOneByteIsNotCopiedForEach() throws IOException {
        int length = 60_000;
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int i = 0; i < length; i++) {
            int value = i == 2 ? (length - 4) >> 8 : i == 3 ? (length - 4) & 0xff : 0;
            records.writeBytes(new byte[] {22, 3, 1, 0, 1, (byte) value});
        }
        byte[] sent = records.toByteArray();
        long bytes =
                allocatedBy(
                        () -> {
                            ByteArrayOutputStream raw = new ByteArrayOutputStream();
                            ClientInput in = new ClientInput(new ByteArrayInputStream(sent));
                            assertEquals(length, SniHandler.hello(in, raw).length);
                            assertArrayEquals(sent, raw.toByteArray());
                        });
        assertTrue(bytes < 32 << 20, "allocated: " + bytes);
    }

    @Test
    void theLargeBuffersOfRelaysAreBounded() {
        byte[] small = new byte[1];
        List<byte[]> borrowed = new ArrayList<>();
        try {
            for (int i = 0; i < SocketPair.MAX_LARGE; i++) {
                borrowed.add(SocketPair.borrow(small));
                assertNotSame(small, borrowed.getLast());
            }
            assertSame(small, SocketPair.borrow(small));
        } finally {
            borrowed.forEach(SocketPair::giveBack);
        }
        byte[] again = SocketPair.borrow(small);
        assertNotSame(small, again);
        SocketPair.giveBack(again);
    }

    @Test
    void theAddressesOfAnIpv6NetworkAreOneClient() {
        ClientQuota quota = new ClientQuota(10, 2);
        assertNotNull(quota.take(InetAddress.ofLiteral("2001:db8::1")));
        ClientQuota.Place second = quota.take(InetAddress.ofLiteral("2001:db8::2"));
        assertNotNull(second);
        assertNull(quota.take(InetAddress.ofLiteral("2001:db8::ffff:3")));
        assertNotNull(quota.take(InetAddress.ofLiteral("2001:db8:0:1::1")));
        second.close();
        assertNotNull(quota.take(InetAddress.ofLiteral("2001:db8::4")));
        assertEquals(3, quota.total());
    }
}
