// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.conformance;

import org.wgj.netstack.emulator.TcpPacket;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/** Plays one row of overlaps.tsv or reorderings.tsv: data arrives twice or in disorder. */
final class DataRow {
    private static final long MS = 1_000_000L;
    private static final int UNREAD = 99;
    private static final int[] EDGES = {0, 1, 3, 7, 15, 31};

    private final Map<String, String> row;
    private final Subject subject = new Subject(false);

    /** RCV.NXT before the segments, relative to the peer's initial number. */
    private int base = 1;

    DataRow(Map<String, String> row) {
        this.row = row;
    }

    private void open() {
        subject.flow.window = 65_535;
        subject.listen(16);
        TcpPacket syn = subject.flow.segment("S", 0, 0, 0);
        syn.mss = 1460;
        syn.sackPermitted = true;
        subject.send(syn);
        subject.next();
        subject.send(subject.flow.segment("A", 1, 1, 0));
        same(1, subject.accepted.size(), "accepted");
    }

    private void data(int from, int to) {
        subject.send(subject.flow.segment("A", base + from, 1, to - from));
    }

    private void forget() {
        while (subject.next() != null) {
            // acknowledgments of the preparation
        }
    }

    void playOverlap() {
        open();
        base = 1;
        data(0, UNREAD);
        subject.peer.advance(60 * MS);
        base = 1 + UNREAD;
        data(100, 200);
        data(300, 400);
        data(500, 600);
        forget();
        int from = Integer.parseInt(row.get("seq"));
        data(from, from + Integer.parseInt(row.get("length")));
        checkAck(
                subject.next(),
                Integer.parseInt(row.get("ack")),
                row.get("sack"),
                row.get("dsack").equals("yes"));
        subject.peer.expectNothing();
        same(Integer.parseInt(row.get("readable")), available(), "readable");
        data(-UNREAD, Integer.parseInt(row.get("end")));
        checkAck(subject.next(), Integer.parseInt(row.get("end_ack")), row.get("end_sack"), true);
        int length = Integer.parseInt(row.get("end_readable"));
        same(length, available(), "readable at the end");
        read(length);
    }

    void playReordering() {
        open();
        boolean[] arrived = new boolean[EDGES.length];
        boolean fin = false;
        for (String step : row.get("steps").split(" ; ")) {
            String[] cells = step.split(" ");
            boolean ordered = inOrder(arrived) && !fin;
            if (cells[0].equals("F")) {
                fin = true;
                subject.send(subject.flow.segment("FA", base + EDGES[5], 1, 0));
            } else {
                int number = Integer.parseInt(cells[0]);
                arrived[number] = true;
                data(EDGES[number - 1], EDGES[number]);
            }
            ordered &= inOrder(arrived) && !fin;
            TcpPacket reply = subject.next();
            if (reply == null && ordered) {
                subject.peer.advance(50 * MS);
                reply = subject.next();
            }
            int contiguous = contiguous(arrived) + (fin && contiguous(arrived) == 31 ? 1 : 0);
            if (!cells[1].equals("-")) {
                same(Integer.parseInt(cells[1]), contiguous, "acknowledgment in the table");
            }
            checkAck(reply, contiguous, cells[2], false);
            subject.peer.expectNothing();
            if (!cells[3].equals("-")) {
                same(Integer.parseInt(cells[3]), available(), "readable");
            }
        }
        read(EDGES[5]);
        if (fin) {
            same(-1, subject.connection().read(new byte[1], 0, 1), "end of the stream");
        }
    }

    private static boolean inOrder(boolean[] arrived) {
        boolean gap = false;
        for (int i = 1; i < arrived.length; i++) {
            if (arrived[i] && gap) {
                return false;
            }
            gap |= !arrived[i];
        }
        return true;
    }

    private static int contiguous(boolean[] arrived) {
        int number = 0;
        while (number + 1 < arrived.length && arrived[number + 1]) {
            number++;
        }
        return EDGES[number];
    }

    private void checkAck(TcpPacket reply, int ack, String sack, boolean duplicate) {
        if (reply == null || reply.flags != TcpPacket.ACK) {
            throw new AssertionError("expected an ACK, but was " + reply);
        }
        int origin = subject.flow.irs + base;
        same(ack, reply.acknowledgment - origin, "acknowledgment");
        int[] got = Arrays.stream(reply.sack).map(edge -> edge - origin).toArray();
        int[] expected = sack.equals("-") ? new int[0] : edges(sack);
        boolean right = fits(got, expected);
        if (!right && duplicate) {
            right = fits(got, Arrays.copyOfRange(expected, 2, expected.length));
        }
        if (!right) {
            throw new AssertionError(
                    "SACK: expected " + sack + ", but was " + Arrays.toString(got));
        }
    }

    /** Three blocks are enough where the options leave room for four. */
    private static boolean fits(int[] got, int[] expected) {
        return Arrays.equals(got, expected)
                || got.length == 6
                        && expected.length == 8
                        && Arrays.equals(got, Arrays.copyOf(expected, 6));
    }

    private static int[] edges(String sack) {
        return Arrays.stream(sack.split(",|\\.\\.")).mapToInt(Integer::parseInt).toArray();
    }

    private int available() {
        return subject.connection().available();
    }

    private void read(int length) {
        byte[] bytes = new byte[length + 1];
        int got = 0;
        while (got < length) {
            int more = subject.connection().read(bytes, got, length - got);
            if (more <= 0) {
                throw new AssertionError("read " + got + " of " + length);
            }
            got += more;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[i] != (byte) (1 + i)) {
                throw new AssertionError("byte " + i + " differs");
            }
        }
    }

    private static void same(Object expected, Object actual, String what) {
        if (!Objects.equals(expected, actual)) {
            throw new AssertionError(what + ": expected " + expected + ", but was " + actual);
        }
    }
}
