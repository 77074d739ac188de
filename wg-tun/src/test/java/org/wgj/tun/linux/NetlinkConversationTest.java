// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Answers come from a scripted kernel: in parts, late, interrupted or refusing. */
class NetlinkConversationTest {
    /* linux/netlink.h */
    private static final int MULTI = 0x2;
    private static final int INTERRUPTED = 0x10;
    private static final int CAPPED = 0x100;
    private static final int EXPLAINED = 0x200;

    private final List<MemorySegment> requests = new ArrayList<>();
    private final Deque<MemorySegment> answers = new ArrayDeque<>();
    private final NetlinkConversation conversation =
            new NetlinkConversation(
                    new NetlinkConversation.Transport() {
                        @Override
                        public void send(String operation, MemorySegment request) {
                            requests.add(MemorySegment.ofArray(request.toArray(JAVA_BYTE)));
                        }

                        @Override
                        public MemorySegment receive(String operation) {
                            return answers.remove();
                        }

                        @Override
                        public void close() {}
                    });

    /**
     * Makes a message: header, a payload of numbers, then attribute 1 with the text unless empty.
     */
    private static byte[] message(int type, int flags, int sequence, String text, int... numbers) {
        byte[] encoded = (text + "\0").getBytes(StandardCharsets.UTF_8);
        int attribute = text.isEmpty() ? 0 : 4 + encoded.length;
        int fixed = 16 + 4 * numbers.length;
        byte[] bytes = new byte[(fixed + attribute + 3) / 4 * 4];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        segment.set(JAVA_INT_UNALIGNED, 0, fixed + attribute);
        segment.set(JAVA_SHORT_UNALIGNED, 4, (short) type);
        segment.set(JAVA_SHORT_UNALIGNED, 6, (short) flags);
        segment.set(JAVA_INT_UNALIGNED, 8, sequence);
        for (int i = 0; i < numbers.length; i++) {
            segment.set(JAVA_INT_UNALIGNED, 16 + 4 * i, numbers[i]);
        }
        if (attribute > 0) {
            segment.set(JAVA_SHORT_UNALIGNED, fixed, (short) attribute);
            segment.set(JAVA_SHORT_UNALIGNED, fixed + 2, (short) 1);
            System.arraycopy(encoded, 0, bytes, fixed + 4, encoded.length);
        }
        return bytes;
    }

    /** Makes one datagram of those messages. */
    private void answer(byte[]... messages) {
        ByteArrayOutputStream datagram = new ByteArrayOutputStream();
        for (byte[] message : messages) {
            datagram.writeBytes(message);
        }
        answers.add(MemorySegment.ofArray(datagram.toByteArray()));
    }

    private static byte[] item(int sequence, int flags, int number) {
        return message(16, MULTI | flags, sequence, "", number);
    }

    private static byte[] done(int sequence, int flags) {
        return message(3, MULTI | flags, sequence, "", 0);
    }

    private List<Integer> list() throws IOException {
        return conversation.exchange("list", new NetlinkRequest(18, 0x300)).stream()
                .map(message -> message.intAt(0))
                .toList();
    }

    private void change() throws IOException {
        conversation.exchange("change wg0", new NetlinkRequest(19, 0));
    }

    @Test
    void aListingIsReadUntilDone() throws Exception {
        answer(item(1, 0, 10), item(1, 0, 20));
        answer(item(1, 0, 30));
        answer(done(1, 0));
        assertEquals(List.of(10, 20, 30), list());
        assertEquals(0x301, requests.getFirst().get(JAVA_SHORT_UNALIGNED, 6));
    }

    @Test
    void aChangeRequestsAnAcknowledgementAndWaitsForIt() throws Exception {
        answer(message(2, CAPPED, 1, "", 0, 36, 0, 1, 0));
        change();
        assertEquals(0x5, requests.getFirst().get(JAVA_SHORT_UNALIGNED, 6));
        assertEquals(0, answers.size());
    }

    @Test
    void requestsAreNumberedAndOtherAnswersIgnored() throws Exception {
        answer(done(1, 0));
        assertEquals(List.of(), list());
        answer(item(1, 0, 10), done(1, 0));
        answer(item(2, 0, 20), done(2, 0));
        assertEquals(List.of(20), list());
        assertEquals(2, requests.get(1).get(JAVA_INT_UNALIGNED, 8));
    }

    @Test
    void anInterruptedListingIsRequestedAgain() throws Exception {
        answer(item(1, 0, 10), item(1, INTERRUPTED, 20), done(1, 0));
        answer(item(2, 0, 10), done(2, INTERRUPTED));
        answer(item(3, 0, 30), done(3, 0));
        assertEquals(List.of(30), list());
        assertEquals(3, requests.size());
    }

    @Test
    void aListingThatIsAlwaysInterruptedFails() {
        for (int sequence = 1; sequence <= 100; sequence++) {
            answer(done(sequence, INTERRUPTED));
        }
        ErrnoException e = assertThrows(ErrnoException.class, this::list);
        assertEquals(Errno.EAGAIN, e.errno());
        assertEquals(16, requests.size());
    }

    @Test
    void aRefusalNamesTheOperationAndQuotesTheKernel() {
        answer(message(2, CAPPED | EXPLAINED, 1, "no such luck", -22, 36, 0, 1, 0));
        ErrnoException e = assertThrows(ErrnoException.class, this::change);
        assertEquals(Errno.EINVAL, e.errno());
        assertEquals("change wg0: invalid argument: no such luck (EINVAL)", e.getMessage());
    }

    @Test
    void theExplanationIsFoundBehindTheWholeRequest() {
        // length, type and flags, sequence and pid of the request, then its payload of two numbers
        answer(message(2, EXPLAINED, 1, "as I said", -17, 24, 0, 1, 0, 7, 7));
        ErrnoException e = assertThrows(ErrnoException.class, this::change);
        assertEquals("change wg0: file exists: as I said (EEXIST)", e.getMessage());
    }

    @Test
    void aRefusalWithoutExplanationNamesTheError() {
        answer(message(2, CAPPED, 1, "", -19, 36, 0, 1, 0));
        ErrnoException e = assertThrows(ErrnoException.class, this::change);
        assertEquals("change wg0: no such device (ENODEV)", e.getMessage());
    }

    @Test
    void missingRightsSayWhatToDo() {
        answer(message(2, CAPPED, 1, "", -1, 36, 0, 1, 0));
        ErrnoException e = assertThrows(ErrnoException.class, this::change);
        assertEquals(
                "change wg0: needs the capability CAP_NET_ADMIN; run as root, or give a container"
                        + " \"--cap-add NET_ADMIN\" (EPERM)",
                e.getMessage());
    }

    @Test
    void aListingCanFailAtItsEnd() {
        answer(item(1, 0, 10));
        answer(message(3, MULTI | EXPLAINED, 1, "lost it", -105));
        ErrnoException e = assertThrows(ErrnoException.class, this::list);
        assertEquals("list: no buffer space available: lost it (ENOBUFS)", e.getMessage());
    }
}
